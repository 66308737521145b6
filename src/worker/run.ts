import { TimeTracker } from '../audit/time-tracker.ts';
import { judgeRun, type Judgement } from '../audit/judge.ts';
import type { Ms } from '../model/ids.ts';
import { JournalFault } from '../log/journal.ts';
import type { RunJob, WorkerSetup } from '../model/job.ts';
import type { Outcome, RunTimes } from '../model/verdict.ts';
import type { ControlGroup } from '../process/cgroup.ts';
import { shortageIn } from '../process/spawn-fault.ts';
import type { Channel } from './channel.ts';
import { Collector } from './collector.ts';
import { readsOutput, runCommand } from './command/run-command.ts';
import { since, warn, type OutcomeMessage, type RunContext } from './context.ts';
import { DiskFault, makeRunDirectory } from './disk.ts';
import type { Masker } from '../log/mask.ts';
import { Progress } from './progress.ts';
import { writeResult } from './result-file.ts';
import type { StopControl } from './stop.ts';
import { Templates } from './templates.ts';
import { endedBy, type TestPhaseEnd } from './test-phase.ts';
import { TestTeller, today } from './tests.ts';
import { sayMs } from './watch.ts';

/** What a worker has for all its runs. */
export interface WorkerContext {
  readonly setup: WorkerSetup;
  readonly channel: Channel;
  readonly masker: Masker;
  readonly controlGroup: ControlGroup | undefined;
}

/** Carries out one run, from its first phase to its verdict. Never throws: a bug in here is an outcome, too. */
export async function carryOut(
  { setup, channel, masker, controlGroup }: WorkerContext,
  job: RunJob,
  stop: StopControl,
): Promise<OutcomeMessage> {
  const start = performance.now();
  const times = new TimeTracker();
  const progress = new Progress(channel, job.run.id, () => collector.lastLine);
  const collector = new Collector({
    directory: job.directory,
    masker,
    capture: readsOutput(job.spec.results),
    onOutput: () => {
      times.output(performance.now());
      progress.output();
    },
    onFault: () => stop.stop('now'),
  });
  const context: RunContext = {
    job,
    setup,
    channel,
    stop,
    masker,
    collector,
    teller: new TestTeller({ job, channel, masker, collector }),
    startedAt: Date.now(),
    freshSince: () => Math.min(context.startedAt, Date.now() - (performance.now() - start)),
    phases: [],
    kept: [],
    left: [],
    times,
    controlGroup,
    suspect: new Set(),
  };
  const message = (outcome: Outcome, more: Partial<OutcomeMessage> = {}): OutcomeMessage => ({
    kind: 'outcome',
    run: job.run.id,
    outcome,
    durationMs: since(start),
    times: times.times(performance.now()),
    ...(context.kept.length === 0 ? {} : { kept: context.kept }),
    ...(context.left.length === 0 ? {} : { left: context.left }),
    suspect: [...context.suspect],
    healthy: true,
    ...more,
  });
  try {
    makeRunDirectory(job.directory);
    const end = await runPhases(context);
    progress.stop();
    times.begin('audit', performance.now());
    collector.endOutput();
    const judgement = judge(context, end);
    for (const warning of judgement.warnings) warn(context, warning);
    const { outcome, counts, bail } = judgement;
    const failed = outcome.verdict !== 'pass';
    const keep = failed || setup.keep;
    if (keep) collector.note(`took ${sayTimes(times.times(performance.now()))}`);
    collector.finish(outcome, keep);
    writeResult(context, judgement, since(start), end.reproduce);
    return message(outcome, {
      ...(counts === undefined ? {} : { tests: counts }),
      ...(end.reproduce === undefined || !failed ? {} : { reproduce: end.reproduce }),
      ...(bail === undefined ? {} : { bail }),
    });
  } catch (fault) {
    collector.abandon();
    const short = shortageIn(fault);
    if (short !== undefined)
      return message(judge(context, endedBy({ kind: 'shortage', message: short })).outcome, {
        suspect: job.bindings.map(({ tentacle }) => tentacle.id),
      });
    if (fault instanceof DiskFault || fault instanceof JournalFault) {
      return message(judge(context, endedBy({ kind: 'disk', message: fault.message })).outcome);
    }
    // What state a bug leaves behind, in here or on the bench, nobody knows.
    for (const { tentacle } of job.bindings) context.suspect.add(tentacle.id);
    const said = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    return spoilt(message({ verdict: 'error', expected: false }), masker.text(said));
  } finally {
    progress.stop();
  }
}

async function runPhases(context: RunContext): Promise<TestPhaseEnd> {
  if (context.stop.state !== 'going') return endedBy({ kind: 'interrupted', during: 'its start' });
  if (context.job.bindings.length > 0) {
    // Serial ports and all that belongs to boards is not loaded for host-only runs.
    const { runOnBoards } = await import('./board/run-on-boards.ts');
    return runOnBoards(context);
  }
  const templates = new Templates(context, {});
  const missing = templates.missing();
  if (missing !== undefined) return endedBy(missing);
  return runCommand(context, templates);
}

/** Makes the verdict, masks it, and tells the tests that were not told. */
function judge(context: RunContext, { ending, collected }: TestPhaseEnd): Judgement {
  const { job, collector, masker } = context;
  const boardVariant = job.bindings[0]?.boardVariant;
  const judgement = judgeRun({
    spec: job.spec,
    ...(boardVariant === undefined ? {} : { boardVariant }),
    ending,
    collected,
    expectations: job.expectations,
    today: today(),
    ...(collector.evidence === '' ? {} : { evidence: collector.evidence }),
  });
  context.teller.end(judgement.tests);
  const { outcome, bail } = judgement;
  const { reason, evidence } = outcome;
  return {
    ...judgement,
    outcome: {
      ...outcome,
      ...(reason === undefined ? {} : { reason: masker.text(reason) }),
      ...(evidence === undefined ? {} : { evidence: masker.text(evidence) }),
    },
    ...(bail === undefined ? {} : { bail: masker.text(bail) }),
  };
}

/** `test 120 ms, audit 2 ms`. */
function sayTimes(times: RunTimes): string {
  const steps: readonly [string, Ms][] = Object.entries(times);
  return steps.map(([name, ms]) => `${name.replace(/Ms$/, '')} ${sayMs(ms)}`).join(', ');
}

/** The outcome of a run in which a bug of ours was met: what it says itself is not to be believed. */
export function spoilt(message: OutcomeMessage, bug: Error | string): OutcomeMessage {
  const lines = (typeof bug === 'string' ? bug : (bug.stack ?? bug.message)).split('\n');
  const outcome: Outcome = {
    verdict: 'error',
    expected: false,
    cause: 'internal',
    reason: `A bug in testbed, please report it: ${lines[0]}`,
    evidence: lines.slice(0, 4).join('\n'),
  };
  return { ...message, outcome, healthy: false };
}
