import path from 'node:path';
import { parseDuration } from '../config/duration.ts';
import { LONGEST_DELAY_MS } from '../util/longest-delay.ts';
import type { SessionOptions } from '../dispatch/request.ts';
import type { OrderPlan } from '../plan/plan-orders.ts';
import { UsageFault, type Io, type Values } from './command.ts';
import { openLab, type OpenLab } from './lab.ts';
import { flashPolicy, jobsOf, makePlan } from './make-plan.ts';
import { labOptions, resultsOption, selectionOptions, servingOptions } from './options.ts';
import type { PastSession, RecordedRequest } from './past-session.ts';

/** The options of `testbed run` that say what is run, and how. */
export const askingOptions = {
  ...labOptions,
  ...resultsOption,
  ...selectionOptions,
  ...servingOptions,
  'no-wait': { type: 'boolean', help: 'do not wait for tentacles that somebody else holds' },
  'fail-fast': {
    type: 'integer',
    value: 'N',
    alone: '1',
    help: 'serve nothing more once N orders failed (1); what runs comes to its end',
  },
  bail: {
    type: 'string',
    choices: ['finish', 'now'],
    help: 'when a test asks to stop everything: what runs comes to its end (finish, the default), or is stopped, too',
  },
  'stall-report': {
    type: 'string',
    value: 'TIME',
    alone: '30s',
    help: 'when nothing has started for so long (30s) though orders wait, say who waits for what',
  },
  keep: { type: 'boolean', short: 'k', help: 'keep run.ljsonl of runs that passed, too' },
  resume: {
    type: 'boolean',
    help: 'go on with a session that was killed or stopped ([SESSION], else the latest)',
  },
  rerun: {
    type: 'string',
    choices: ['failed', 'missed', 'flaky', 'all'],
    help: 'a new session with the orders of an earlier one ([SESSION], else the latest) that ended so',
  },
} as const;

export type AskingOptions = Values<typeof askingOptions>;

/** What is to be carried out. */
export interface Asked extends OpenLab {
  readonly plan: OrderPlan;
  readonly request: RecordedRequest;
  /** Absolute directory of all sessions. */
  readonly results: string;
  readonly options: Omit<SessionOptions, 'version' | 'command'>;
  /** The session that goes on; nobody else does until `release` is called. */
  readonly past?: PastSession & { release(): void };
}

/** Why there is nothing to carry out, and how the command ends. */
export interface Nothing {
  readonly nothing: string;
  readonly exit: number;
}

/**
 * Finds out what a command line of `testbed run` asks for: a plan of the lab as it stands, the rest of a session that was
 * cut off, or a choice of an earlier one. Throws `UsageFault`. Undefined: the lab file has faults, which were told.
 */
export async function whatIsAsked(
  given: AskingOptions,
  session: string | undefined,
  context: { readonly io: Io; readonly command: readonly string[] },
): Promise<Asked | Nothing | undefined> {
  const { io } = context;
  if (given.resume && given.rerun !== undefined)
    throw new UsageFault(
      '--resume and --rerun exclude each other.',
      '--resume goes on in the same session; --rerun begins a new one.',
    );
  if (given.resume) return await (await import('./resume.ts')).theRest(given, session, context);
  if (given.rerun !== undefined) return await (await import('./rerun.ts')).theSameAgain(given, session, io);
  const open = await openLab(given, io);
  if (open === undefined) return undefined;
  return {
    ...open,
    plan: await makePlan(open.lab, given),
    request: requestOf(given),
    results: path.resolve(
      given.results === undefined ? open.lab.directory : io.cwd,
      given.results ?? 'results',
    ),
    options: optionsOf(given),
  };
}

/** As `config.json` keeps it. */
function requestOf(given: AskingOptions): RecordedRequest {
  const { only, skip, test, count, partner, jobs, flash, port, board, source } = given;
  return { only, skip, test, count, partner, jobs, flash, port, board, source };
}

/** How it is carried out. */
export function optionsOf(given: HowOptions): Asked['options'] {
  const { 'fail-fast': failFast, keep, bail } = given;
  if (failFast === 0) throw new UsageFault('--fail-fast wants at least 1.');
  return {
    ...jobsOf(given),
    flash: flashPolicy(given),
    keep,
    wait: !given['no-wait'],
    ...(failFast === undefined ? {} : { failFast }),
    ...(bail === 'now' ? { bailNow: true } : {}),
    ...stallReport(given),
  };
}

type HowOptions = Pick<
  AskingOptions,
  'jobs' | 'flash' | 'keep' | 'no-wait' | 'fail-fast' | 'bail' | 'stall-report'
>;

/** `--stall-report`. */
export function stallReport({
  'stall-report': text,
}: Pick<AskingOptions, 'stall-report'>): Pick<SessionOptions, 'stallReportMs'> {
  if (text === undefined) return {};
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0 || ms > LONGEST_DELAY_MS)
    throw new UsageFault(`--stall-report is a time, not "${text}".`, 'For example: --stall-report=2m');
  return { stallReportMs: ms };
}
