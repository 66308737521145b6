import { Masker, maskJson } from '../log/mask.ts';
import { repairLog } from '../log/repair.ts';
import type { SessionId } from '../model/ids.ts';
import type { Lab } from '../model/lab.ts';
import { planOrders } from '../plan/plan-orders.ts';
import { differences } from '../util/differences.ts';
import { stallReport, type Asked, type AskingOptions, type Nothing } from './asked.ts';
import { UsageFault, type Io } from './command.ts';
import { openLab } from './lab.ts';
import { jobsOf, planRequest } from './make-plan.ts';
import { resultsDirectory } from './open-session.ts';
import { findPast, openPast, type PastSession } from './past-session.ts';
import { claimSession } from './session-claim.ts';

/** Differences beyond these are counted. */
const MOST_TOLD = 8;
/** What the session itself says. */
const SETTLED = ['only', 'skip', 'test', 'count', 'partner', 'source', 'port', 'board', 'flash'] as const;

/**
 * `testbed run --resume`: the rest of a session that was killed or stopped, in its own directory. Lab and plan must be what
 * they were, else `UsageFault` with the differences. The log is repaired: a torn end is set aside as `events.torn`.
 */
export async function theRest(
  given: AskingOptions,
  session: string | undefined,
  { io, command }: { readonly io: Io; readonly command: readonly string[] },
): Promise<Asked | Nothing | undefined> {
  checkOptions(given);
  const results = await resultsDirectory(given, io);
  const found = findPast(results, session, io);
  const { config, directory } = found;
  const release = await claimSession(config.lab.stateDirectory, directory, command);
  let kept = false;
  try {
    const past = openPast(found);
    const asked = await planLeft(past, io);
    if (asked === undefined) return undefined;
    const { finished } = past.overlord;
    if (asked.plan.counts.orders === 0 && finished !== undefined)
      return { nothing: `session ${past.id} has nothing left to do.`, exit: finished.exit };
    repair(past, io);
    kept = true;
    const wait = given['no-wait'] ? { wait: false } : {};
    const options = { ...config.options, ...jobsOf(given), ...wait, ...stallReport(given) };
    return { ...asked, request: config.request, results, options, past: { ...past, release } };
  } finally {
    if (!kept) release();
  }
}

function checkOptions(given: AskingOptions): void {
  const extra = SETTLED.find((name) => {
    const value = given[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  });
  if (extra === undefined) return;
  throw new UsageFault(
    `--resume goes on with the session's own plan: leave out --${extra}.`,
    'For another plan begin a new session: testbed run --rerun missed',
  );
}

/** The lab, and the plan of what is not settled. */
async function planLeft({ id, config, overlord }: PastSession, io: Io) {
  const { request } = config;
  const open = await openLab({ ...request, config: config.lab.file }, io);
  if (open === undefined) return undefined;
  const asked = await planRequest(open.lab, request);
  const changed = differences(
    planned(config.lab),
    planned(maskJson(open.lab, new Masker(open.secrets)) as Lab),
  );
  const { orders } = planOrders(open.lab, asked).counts;
  if (orders !== config.counts.orders) changed.push(`orders: ${config.counts.orders}, now ${orders}`);
  if (changed.length > 0) throw changedFault(id, changed);
  return { ...open, plan: planOrders(open.lab, { ...asked, settled: overlord.settled }) };
}

/** What of a lab says what is run, and how. */
function planned(lab: Lab): Omit<Lab, 'hooks'> {
  const { hooks: _, ...rest } = lab;
  return rest;
}

function changedFault(id: SessionId, changed: readonly string[]): UsageFault {
  const told = changed.slice(0, MOST_TOLD).map((line) => `  ${line}`);
  const more = changed.length > MOST_TOLD ? [`  and ${changed.length - MOST_TOLD} more`] : [];
  return new UsageFault(
    [`the plan of session ${id} has changed since it began:`, ...told, ...more].join('\n'),
    `Take the change back, or run what is missing in a new session: testbed run --rerun missed ${id}`,
  );
}

function repair({ eventsFile }: PastSession, io: Io): void {
  const torn = repairLog(eventsFile);
  if (torn === undefined) return;
  io.stderr.write(`testbed: the last record was cut off in the middle; it is kept in ${torn}\n`);
}
