import { existsSync, readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { suggest } from '../util/suggest.ts';
import { diagnose } from './fault.ts';
import { textAt, type Located, type Spot, type TextNode } from './located.ts';
import { parseYaml } from './parse-yaml.ts';
import type { PlanFile } from './plan.generated.ts';
import { readText } from './read-file.ts';
import { validate } from './validate.ts';

const SHIPPED = fileURLToPath(new URL('../../plans/', import.meta.url));

/** The catalogue of boards. A start reads what `npm run generate` made of it, which is quicker. */
export const CATALOGUE = path.join(SHIPPED, 'boards.yaml');

/** A plan that was read: where it stands, what it says. */
export interface OpenPlan {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly root: Located;
  /** What it says; only to be used when nothing had a fault. */
  readonly value: PlanFile;
  /** The `plans:` entry that names it; absent for a lab of one. */
  readonly named?: Spot;
}

/** The names of the plans that testbed ships, such as `smoke`; the catalogue of boards is none that one would name. */
export function shippedPlans(): string[] {
  return readdirSync(SHIPPED)
    .filter((file) => file.endsWith('.yaml') && file !== path.basename(CATALOGUE))
    .map((file) => path.basename(file, '.yaml'))
    .toSorted();
}

/** The absolute path of a shipped plan. */
export function shippedPlan(name: string): string {
  return path.join(SHIPPED, `${name}.yaml`);
}

/** The file of an entry of `plans:`, relative to the file that it stands in, or the fault that there is none. */
export function resolvePlan(entry: TextNode): { readonly file: string } | { readonly fault: Diagnostic } {
  const { text } = entry;
  const from = path.dirname(entry.spot.source.file);
  if (/^[./]|^~\/|\.(ya?ml|json)$/.test(text)) {
    const file = path.resolve(from, text.replace(/^~(?=\/)/, os.homedir()));
    return existsSync(file) ? { file } : { fault: noPlan(entry, `there is no plan file ${file}`) };
  }
  if (shippedPlans().includes(text)) return { file: shippedPlan(text) };
  return fromPackage(entry, from);
}

function fromPackage(entry: TextNode, from: string): { file: string } | { fault: Diagnostic } {
  const { text } = entry;
  for (let directory = from; ; directory = path.dirname(directory)) {
    const home = path.join(directory, 'node_modules', text);
    if (existsSync(path.join(home, 'package.json'))) {
      const file = path.join(home, planOfPackage(home));
      return existsSync(file)
        ? { file }
        : { fault: noPlan(entry, `the npm package "${text}" brings no plan ${file}`) };
    }
    if (directory === path.dirname(directory)) break;
  }
  return { fault: noPlan(entry, `there is no plan "${text}"`) };
}

/** `"testbed": { "plan": "./plan.yaml" }` in its package.json; `plan.yaml` without it. */
function planOfPackage(home: string): string {
  try {
    const manifest = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as {
      readonly testbed?: { readonly plan?: unknown };
    };
    return typeof manifest.testbed?.plan === 'string' ? manifest.testbed.plan : 'plan.yaml';
  } catch {
    // A package.json that is no JSON is npm's to complain about.
    return 'plan.yaml';
  }
}

function noPlan({ text, spot, via }: TextNode, message: string): Diagnostic {
  const near = suggest(text, shippedPlans());
  return diagnose(spot, via, {
    message,
    expected: `a shipped plan (${shippedPlans().join(', ')}), the path of a file, or an npm package`,
    ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
  });
}

/** Reads a plan and checks it against its schema. Without a plan there is at least one fault. */
export async function openPlan(
  file: string,
  named?: Spot,
): Promise<{ readonly plan?: OpenPlan; readonly faults: readonly Diagnostic[] }> {
  const text = readText(file, 'plan');
  if (!text.ok) return { faults: [text.fault] };
  const parsed = await parseYaml(text.source);
  if (parsed.root === undefined) return { faults: parsed.faults };
  const { faults, value } = await validate('plan', parsed.root);
  const name = textAt(parsed.root, 'plan')?.text ?? '';
  const plan = { name, file, root: parsed.root, value, ...(named === undefined ? {} : { named }) };
  return { plan, faults: [...parsed.faults, ...faults] };
}
