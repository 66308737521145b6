import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lab, Tentacle } from '../../src/model/lab.ts';
import type { Uses } from '../../src/model/plan.ts';
import { TestBartender } from '../../src/plan/bartender.ts';
import type { Decision } from '../../src/plan/bench-state.ts';
import { canAssign } from '../../src/plan/partners.ts';
import { planOrders, type OrderPlan } from '../../src/plan/plan-orders.ts';
import { Resources, usesOf } from '../../src/plan/resources.ts';
import { Selection } from '../../src/plan/selection.ts';
import { anyLab } from './labs.ts';

/** What happens beside that the run which began first ends. */
const MISHAPS = [
  'nothing',
  'it errs',
  'the last ends, too',
  'is taken',
  'is back',
  'is lost',
  'is restored',
] as const;

interface Mishap {
  readonly what: (typeof MISHAPS)[number];
  /** To which tentacle. */
  readonly whom: number;
}

/** Labs whose specs use resources or want the bench alone, with estimates that help nobody. */
const rough = fc
  .record({
    of: anyLab({ boards: 3, tentacles: 6, specs: 5, priorities: 2 }),
    estimates: fc.array(fc.constantFrom(0, 1, 1000, 9000, Number.MAX_SAFE_INTEGER), {
      minLength: 5,
      maxLength: 5,
    }),
    uses: fc.array(fc.constantFrom<Uses>({}, {}, { air: 'shared' }, { air: 'exclusive' }, { air: 2 }), {
      minLength: 5,
      maxLength: 5,
    }),
    isolated: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 5, maxLength: 5 }),
  })
  .map(({ of, estimates, uses, isolated }): Lab => ({
    ...of,
    resources: { air: 2 },
    specs: of.specs.map((spec, index) => ({
      ...spec,
      estimateMs: estimates[index]!,
      uses: uses[index]!,
      isolated: isolated[index] === 0,
    })),
  }));

/** An evening in which tentacles come and go: taken by another session for a while, lost, restored. */
class RoughEvening {
  readonly #of: Lab;
  readonly #bartender: TestBartender;
  readonly #resources: Resources;
  readonly #running: Decision[] = [];
  readonly #taken = new Set<string>();
  readonly #lost: Set<string>;
  readonly #erred = new Map<string, number>();
  readonly served: string[] = [];
  readonly unschedulable: string[];

  constructor(of: Lab, plan: OrderPlan) {
    this.#of = of;
    this.#bartender = new TestBartender(plan);
    this.#resources = new Resources(of.resources);
    this.#lost = new Set(of.tentacles.filter(({ disabled }) => disabled !== undefined).map(({ id }) => id));
    this.unschedulable = [...plan.unschedulable].map(({ order }) => order.id);
  }

  get left(): number {
    return this.#bartender.left;
  }

  /** Until nothing is to be served, or nothing can be though nobody has anything. */
  play(mishaps: readonly Mishap[]): void {
    for (let step = 0; ; step++) {
      this.#serve();
      if (this.#running.length > 0) this.#happens(mishaps[step % mishaps.length]!);
      else {
        expect(this.#couldBegin()).toEqual([]);
        if (this.#taken.size === 0) return;
        this.#taken.clear();
      }
    }
  }

  /** Orders that wait although all they need is free, when nothing runs. */
  #couldBegin(): string[] {
    const free = this.#free();
    const freeOf = (tentacles: readonly Tentacle[]) => tentacles.filter(({ id }) => free.has(id));
    const could = [...this.#bartender.waiting()].filter(({ covering, partners, cursor }) => {
      const groups = partners.map(({ tentacles }) => freeOf(tentacles));
      return cursor.role === undefined || freeOf(covering).some(({ id }) => canAssign(groups, new Set([id])));
    });
    return could.map(({ cursor }) => cursor.stem);
  }

  #free(): Set<string> {
    const busy = new Set(this.#running.flatMap(({ bindings }) => bindings.map(({ tentacle }) => tentacle)));
    const ids = this.#of.tentacles.map(({ id }) => id);
    return new Set(ids.filter((id) => !busy.has(id) && !this.#taken.has(id) && !this.#lost.has(id)));
  }

  #usesOf(name: string): Uses {
    return usesOf(this.#of.specs.find((spec) => spec.name === name)!);
  }

  #serve(): void {
    for (;;) {
      const free = this.#free();
      const decision = this.#bartender.next({
        free,
        loaded: new Map(),
        firmwareReady: () => true,
        hostSlots: this.#running.every(({ bindings }) => bindings.length > 0),
        resourcesFree: (name) => this.#resources.free(this.#usesOf(name)),
      });
      if (decision === undefined) return;
      expect(decision.bindings.filter(({ tentacle }) => !free.has(tentacle))).toEqual([]);
      expect(this.#resources.free(this.#usesOf(decision.order.spec))).toBe(true);
      this.#resources.take(this.#usesOf(decision.order.spec));
      this.#running.push(decision);
    }
  }

  #happens({ what, whom }: Mishap): void {
    this.#end(this.#running.shift(), what === 'it errs');
    if (what === 'the last ends, too') this.#end(this.#running.pop(), false);
    const id = this.#of.tentacles[whom % Math.max(1, this.#of.tentacles.length)]?.id;
    if (id !== undefined && what === 'is taken' && this.#free().has(id)) this.#taken.add(id);
    if (id !== undefined && what === 'is back') this.#taken.delete(id);
    if (id !== undefined && what === 'is lost') {
      this.#lost.add(id);
      for (const { order } of this.#bartender.abandon(id, 'is lost')) this.unschedulable.push(order.id);
    }
    if (id !== undefined && what === 'is restored') {
      this.#bartender.restore(id);
      if (this.#of.tentacles.every((each) => each.id !== id || each.disabled === undefined))
        this.#lost.delete(id);
    }
  }

  #end(run: Decision | undefined, errs: boolean): void {
    if (run === undefined) return;
    const { order, bindings } = run;
    this.#resources.giveBack(this.#usesOf(order.spec));
    const before = this.#erred.get(order.id) ?? 0;
    if (!errs || before > 1) {
      this.#bartender.done(order);
      this.served.push(order.id);
      return;
    }
    this.#erred.set(order.id, before + 1);
    const nobody = this.#bartender.giveBack(
      order,
      bindings.map(({ tentacle }) => tentacle),
    );
    if (nobody !== undefined) this.unschedulable.push(order.id);
  }
}

test('any lab, whatever becomes of its tentacles: each order is served once or unschedulable, and none waits for nothing', () => {
  const mishap = fc.record({ what: fc.constantFrom(...MISHAPS), whom: fc.nat({ max: 5 }) });
  const evenings = fc.record({
    of: rough,
    count: fc.integer({ min: 1, max: 15 }),
    partner: fc.constantFrom('any' as const, 'prefer-reference' as const, 'reference-only' as const),
    mishaps: fc.array(mishap, { minLength: 1, maxLength: 30 }),
  });
  fc.assert(
    fc.property(evenings, ({ of, count, partner, mishaps }) => {
      const plan = planOrders(of, { selection: Selection.all(of), count, partner });
      const evening = new RoughEvening(of, plan);
      evening.play(mishaps);
      expect(evening.left).toBe(0);
      const planned = [...plan].map(({ id }) => id);
      expect([...evening.served, ...evening.unschedulable].toSorted()).toEqual(planned.toSorted());
    }),
    { numRuns: 400, seed: 11 },
  );
});
