import type { OrderId } from '../model/ids.ts';
import type { TestRunSpec } from '../model/plan.ts';
import { ordersOf, type OrderPlan } from '../plan/plan-orders.ts';
import { namesSpec, namesSpecs } from '../plan/selector-text.ts';
import { optionsOf, type Asked, type AskingOptions, type Nothing } from './asked.ts';
import type { Io } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { openLab } from './lab.ts';
import { makePlan } from './make-plan.ts';
import { resultsDirectory } from './open-session.ts';
import { findPast, openPast, type PastSession, type RecordedRequest } from './past-session.ts';

/** Which orders of an earlier session are wanted. */
type Rerun = 'failed' | 'missed' | 'flaky' | 'all';

/** What is run again. */
interface RerunIds {
  /** Selectors that name the orders, each its own repeat; undefined: all of the plan. */
  readonly ids: readonly string[] | undefined;
  /** The specs of those orders. */
  readonly specs: readonly TestRunSpec[];
  /** Orders that are wanted and that today's plan does not have. */
  readonly gone: readonly OrderId[];
}

/** `testbed run --rerun failed`: a new session of the orders of an earlier one that ended so, asked for as that one was. */
export async function theSameAgain(
  given: AskingOptions,
  session: string | undefined,
  io: Io,
): Promise<Asked | Nothing | undefined> {
  const results = await resultsDirectory(given, io);
  const past = openPast(findPast(results, session, io));
  for (const gap of past.gaps) io.stderr.write(`testbed: ${gap}\n`);
  const before = past.config.request;
  const request: RecordedRequest = {
    ...before,
    only: [...before.only, ...given.only],
    skip: [...before.skip, ...given.skip],
    test: [...before.test, ...given.test],
    source: [...before.source, ...given.source],
    partner: given.partner ?? before.partner,
    jobs: given.jobs ?? before.jobs,
    flash: given.flash ?? before.flash,
    count: given.count ?? before.count,
  };
  const open = await openLab({ ...request, config: given.config ?? past.config.lab.file }, io);
  if (open === undefined) return undefined;
  const what = given.rerun as Rerun;
  const { ids, specs, gone } = idsOf(what, past, await makePlan(open.lab, request));
  for (const id of gone.slice(0, 5))
    io.stderr.write(`testbed: ${id} of session ${past.id} is not in the plan any more\n`);
  if (gone.length > 5) io.stderr.write(`testbed: and ${gone.length - 5} more are not\n`);
  if (ids?.length === 0) return nothingLeft(what, past);
  const again = ids === undefined ? request : { ...request, only: narrowed(request.only, ids, specs) };
  return {
    ...open,
    plan: await makePlan(open.lab, again),
    request: again,
    results,
    options: optionsOf({ ...given, ...again }),
  };
}

/** Of a log that does not tell all, nobody can say that nothing failed. */
function nothingLeft(what: Rerun, { id, gaps }: PastSession): Nothing {
  if (gaps.length === 0)
    return { nothing: `session ${id} has no ${what} orders to run again.`, exit: EXIT.ok };
  const told = `as far as its log goes, session ${id} has no ${what} orders.`;
  return { nothing: `${told} What it never came to: testbed run --rerun missed ${id}`, exit: EXIT.brokenLog };
}

/**
 * The orders of a session that ended so. `failed`: failed or erred, unexpectedly; `missed`: never came to a verdict, because
 * they were not run, were unschedulable, or were cut off; `flaky`: passed only after they had not.
 */
function idsOf(what: Rerun, { overlord }: PastSession, plan: OrderPlan): RerunIds {
  if (what === 'all') return { ids: undefined, specs: [], gone: [] };
  const wanted = wantedOf(what, overlord);
  const ids: string[] = [];
  const there = new Set<OrderId>();
  const specs = new Set<TestRunSpec>();
  for (const cursor of plan.cursors)
    for (const { id, repeat } of ordersOf(cursor)) {
      if (!wanted.has(id)) continue;
      there.add(id);
      specs.add(cursor.spec);
      // An id without a number would name all repeats.
      ids.push(`id:${repeat === 1 ? `${id}#1` : id}`);
    }
  return { ids, specs: [...specs], gone: [...wanted.named].filter((id) => !there.has(id)) };
}

/** What the session was asked for, and of it these orders; a spec of which none is wanted would be a fault. */
function narrowed(
  only: readonly string[],
  ids: readonly string[],
  specs: readonly TestRunSpec[],
): readonly string[] {
  return [...only.filter((text) => !namesSpecs(text) || specs.some((spec) => namesSpec(text, spec))), ...ids];
}

interface Wanted {
  has(id: OrderId): boolean;
  /** Those of which the log speaks. */
  readonly named: Iterable<OrderId>;
}

function wantedOf(what: 'failed' | 'missed' | 'flaky', overlord: PastSession['overlord']): Wanted {
  if (what === 'missed') {
    const told = new Set([...overlord.unschedulable, ...overlord.notRun].map(({ order }) => order));
    // Those of which the log says nothing were never begun.
    return { has: (id) => told.has(id) || !overlord.settled.has(id), named: told };
  }
  const ended = what === 'failed' ? overlord.failures : overlord.flaky;
  const ids = new Set(ended.map(({ order }) => order));
  return { has: (id) => ids.has(id), named: ids };
}
