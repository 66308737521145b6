import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { TestBartender } from '../src/plan/bartender.ts';
import type { BenchState } from '../src/plan/bench-state.ts';
import { planOrders } from '../src/plan/plan-orders.ts';
import { Selection } from '../src/plan/selection.ts';
import { lab, roles } from '../test/plan/labs.ts';
import { row } from './measure.ts';

/** Twins of one board in the labs that are served. */
const TWINS = 10;
const MOST_DECISIONS = 20_000;
const GOAL = 20_000;

/** Decisions per second of the bartender, in labs of three sizes, and what the first of ten million orders costs. */
export function bartender(): void {
  for (const tentacles of [20, 200, 2000]) {
    for (const bench of ['as runs end', 'all free'] as const) {
      decisionsPerSecond(tentacles, bench);
      const rate = decisionsPerSecond(tentacles, bench);
      const what = `decisions per second, ${tentacles} tentacles, ${bench} / ${GOAL}`;
      row(what, rate, GOAL, rate / GOAL, tentacles === 200 ? '>= 1' : 'told', '/s');
    }
  }
  const script = path.join(import.meta.dirname, 'ten-million-orders.ts');
  const { ms, maxRssMb } = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as {
    readonly ms: number;
    readonly maxRssMb: number;
  };
  row('first decision of 10,000,000 orders / 0.2 s', ms / 1000, 0.2, ms / 200, '<= 1');
  row('… memory of the whole process / 200 MB', maxRssMb, 200, maxRssMb / 200, '<= 1', 'MB');
}

/** Plays an evening in which the run that began first ends next, or in which all tentacles stay free. */
function decisionsPerSecond(tentacles: number, bench: 'as runs end' | 'all free'): number {
  const boards = Array.from({ length: tentacles / TWINS }, (_, index) => `B${index}`);
  const of = lab({
    boards: Object.fromEntries(
      boards.map((name) => [name, { variants: ['', 'X'], features: ['mcu', 'wlan'] }]),
    ),
    tentacles: Array.from({ length: tentacles }, (_, index) => [
      `t${index}`,
      boards[index % boards.length] ?? '',
    ]),
    specs: Array.from({ length: 25 }, (_, index) => ({
      name: `s${index}`,
      estimateMs: 1000 * (1 + ((index * 7) % 13)),
      ...(index < 5 ? { roles: roles({ one: 'wlan', two: 'wlan' }), cover: 'each-role' as const } : {}),
    })),
    reference: 'B0',
  });
  const server = new TestBartender(planOrders(of, { selection: Selection.all(of), count: 10 }));
  const free = new Set(of.tentacles.map(({ id }) => id));
  const state: BenchState = { free, loaded: new Map(), firmwareReady: () => true, hostSlots: true };
  const running: (readonly string[])[] = [];
  let decisions = 0;
  const start = performance.now();
  while (decisions < MOST_DECISIONS) {
    const decision = server.next(state);
    if (decision === undefined) {
      const over = running.shift();
      if (over === undefined) break;
      for (const id of over) free.add(id);
      continue;
    }
    decisions++;
    if (bench === 'all free') continue;
    const taken = decision.bindings.map(({ tentacle }) => tentacle);
    for (const id of taken) free.delete(id);
    running.push(taken);
  }
  return (decisions / (performance.now() - start)) * 1000;
}
