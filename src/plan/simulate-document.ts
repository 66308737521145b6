import type { OrderPlan } from './plan-orders.ts';
import { lowerBoundOf } from './simulate-bound.ts';
import { makespanOf, playEvening, type EveningOptions, type SimulatedRun } from './simulate.ts';

/**
 * An evening as JSON, in pieces that are one document together: `{makespanMs, lowerBoundMs, held, runs, unschedulable}`, a
 * line for each run. It is played twice, for its length and for its runs: the same each time, and never whole in memory.
 */
export function* eveningDocument(plan: OrderPlan, options: EveningOptions): Generator<string> {
  const head = { makespanMs: makespanOf(plan, options), lowerBoundMs: lowerBoundOf(plan, options).ms };
  yield `{\n"makespanMs":${head.makespanMs},\n"lowerBoundMs":${head.lowerBoundMs},\n"held":${JSON.stringify(plan.held)},\n"runs":[`;
  let before = '\n';
  for (const run of playEvening(plan, options)) {
    yield before + runDocument(run);
    before = ',\n';
  }
  yield '\n],\n"unschedulable":[';
  before = '\n';
  for (const { order, reason } of plan.unschedulable) {
    yield before + JSON.stringify({ id: order.id, reason });
    before = ',\n';
  }
  yield '\n]\n}\n';
}

/** The runs as they are served, then what is unschedulable, as JSON Lines. */
export function* eveningLines(plan: OrderPlan, options: EveningOptions): Generator<string> {
  for (const run of playEvening(plan, options)) yield `${runDocument(run)}\n`;
  for (const { order, reason } of plan.unschedulable) yield `${JSON.stringify({ id: order.id, reason })}\n`;
}

function runDocument({ id, order, tentacles, startMs, endMs }: SimulatedRun): string {
  return JSON.stringify({ id, order, tentacles, startMs, endMs });
}
