import { realpathSync } from 'node:fs';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { envFaults } from './check-lab.ts';
import { expandEnv } from './env-text.ts';
import { diagnose, toldWhereNamed } from './fault.ts';
import { itemsAt, type Located, type TextNode } from './located.ts';
import { readPlan, type WrittenPlan } from './plan-files.ts';
import { resolvePlan } from './resolve-plan.ts';

export interface ReadPlans {
  /** What the lab names, in its order. */
  readonly named: readonly WrittenPlan[];
  /** Every plan once, extended ones before those that extend them. */
  readonly all: readonly WrittenPlan[];
  /** Plans of which something that they extend could not be read; told as a fault elsewhere. */
  readonly torn: ReadonlySet<WrittenPlan>;
  readonly faults: readonly Diagnostic[];
}

/** Reads the plans of a lab file and all that they extend. */
export async function readPlans(lab: Located, env: NodeJS.ProcessEnv): Promise<ReadPlans> {
  const reader = new PlanReader();
  const entries: TextNode[] = [];
  for (const entry of textsAt(lab, 'plans')) {
    const unset = envFaults(entry, env);
    reader.faults.push(...unset);
    if (unset.length === 0) entries.push({ ...entry, text: expandEnv(entry.text, env) });
  }
  const { plans: named } = await reader.readAll(entries, []);
  return { named, all: reader.all, torn: reader.torn, faults: reader.faults };
}

/** One step from a plan to a plan that it extends. */
interface Step {
  /** The file that is being read, links followed. */
  readonly id: string;
  /** The entry that led there. */
  readonly entry: TextNode;
}

class PlanReader {
  readonly all: WrittenPlan[] = [];
  readonly torn = new Set<WrittenPlan>();
  readonly faults: Diagnostic[] = [];
  /** By real path; undefined for a plan that can not be read. */
  readonly #done = new Map<string, WrittenPlan | undefined>();

  /** The plans of one list; `way` leads from the lab file to it. */
  async readAll(
    entries: readonly TextNode[],
    way: readonly Step[],
  ): Promise<{ readonly plans: WrittenPlan[]; readonly whole: boolean }> {
    const plans: WrittenPlan[] = [];
    const first = new Map<string, TextNode>();
    let whole = true;
    for (const entry of entries) {
      const resolved = resolvePlan(entry);
      if ('fault' in resolved) {
        this.faults.push(resolved.fault);
        whole = false;
        continue;
      }
      for (const file of resolved.files) {
        const id = realpathSync(file);
        const named = first.get(id);
        if (named !== undefined) {
          this.faults.push(
            diagnose(entry.spot, entry.via, {
              message: 'this plan is named twice',
              also: [{ message: 'the first time', ...named.spot }],
            }),
          );
          continue;
        }
        first.set(id, entry);
        const plan = await this.#read(file, { id, entry }, way);
        if (plan === undefined) whole = false;
        else plans.push(plan);
      }
    }
    return { plans, whole };
  }

  async #read(file: string, step: Step, way: readonly Step[]): Promise<WrittenPlan | undefined> {
    const { id, entry } = step;
    const again = way.findIndex((earlier) => earlier.id === id);
    if (again !== -1) {
      this.faults.push(circle(entry, way.slice(again + 1)));
      return undefined;
    }
    if (this.#done.has(id)) return this.#done.get(id);
    const { name, written, faults } = await readPlan(file);
    this.faults.push(...faults.map((fault) => toldWhereNamed(fault, entry)));
    if (written === undefined) {
      this.#done.set(id, undefined);
      return undefined;
    }
    const { plans, whole } = await this.readAll(textsAt(written, 'extends'), [...way, step]);
    const named = (way[0] ?? step).entry.spot;
    const plan: WrittenPlan = { name, file, written, extends: plans, named };
    if (!whole || plans.some((base) => this.torn.has(base))) this.torn.add(plan);
    this.#done.set(id, plan);
    this.all.push(plan);
    return plan;
  }
}

/** `rest`: the other steps of the circle; none for a plan that extends itself. */
function circle(entry: TextNode, rest: readonly Step[]): Diagnostic {
  if (rest.length === 0) return diagnose(entry.spot, entry.via, { message: 'a plan can not extend itself' });
  return diagnose(entry.spot, entry.via, {
    message: 'here plans extend each other in a circle',
    suggestion: 'take one of these away; what both need can be a plan that both extend',
    also: rest.map((step) => ({ message: 'and here', ...step.entry.spot })),
  });
}

/** The items of a list of plans that can be resolved: texts without a fault of their own. */
function textsAt(root: Located, key: 'plans' | 'extends'): TextNode[] {
  return itemsAt(root, key).filter(
    (item): item is TextNode => item.kind === 'scalar' && item.text.trim() !== '',
  );
}
