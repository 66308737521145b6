import { collect, type Remains } from '../../audit/collect.ts';
import { badResults, type Collected } from '../../audit/collected.ts';
import type { Ending } from '../../audit/ending.ts';
import type { ResultsKind } from '../../model/plan.ts';
import { shortageIn } from '../../process/spawn-fault.ts';
import { beginPhase, endPhase } from '../phases.ts';
import { emit, type Reproduce, type RunContext } from '../context.ts';
import { chooseTests } from '../test-files.ts';
import type { Command, Templates } from '../templates.ts';
import { endedBy, type TestPhaseEnd } from '../test-phase.ts';
import { LiveResults } from './live-results.ts';
import { readOutputs, readResultsFiles } from './results-files.ts';
import { runProcess } from './run-process.ts';
import { tearDownCommands } from './teardown.ts';

/** Whether a kind of results is read, in the end, from all that was printed. TAP is read while it comes. */
export function readsOutput(kind: ResultsKind): boolean {
  return kind === 'micropython' || kind === 'junit';
}

/** The test phase of a spec with a command: start it, watch it, read what it left. */
export async function runCommand(
  context: RunContext,
  templates: Templates,
  cutPower?: () => Promise<void>,
): Promise<TestPhaseEnd> {
  const { job } = context;
  const { spec } = job;
  if (spec.command === undefined) {
    throw new Error(`Internal error: expected a command in spec ${spec.name}, was undefined`);
  }
  const start = beginPhase(context, 'test');
  const chosen = await chooseTests(context, templates);
  if (!chosen.ok) {
    endPhase(context, 'test', start, 'failed');
    return endedBy(chosen.ending);
  }
  const command = templates.command([...spec.command, ...job.extraArguments], chosen.tests);
  const live = await LiveResults.open(context);
  const ending = await runProcess(context, command, { live, cutPower });
  endPhase(context, 'test', start, ending.kind === 'exited' ? 'done' : 'failed');
  await tearDownCommands(context, templates);
  context.times.begin('audit', performance.now());
  live.end();
  emit(context, { type: 'run-auditing', run: job.run.id });
  const collected = live.with(await readResults(context, live, ending), fateOf(ending));
  context.times.end('audit', performance.now());
  return { ending, collected, reproduce: reproduceOf(context, command) };
}

/** What a test that began and did not finish is told. */
function fateOf(ending: Ending): string {
  return ending.kind === 'exited'
    ? 'it began, and never finished'
    : `it was running when the run was ended: ${ending.kind}`;
}

/** The results of the kind that the spec names. Of a run that we were told to stop, nothing more is read. */
async function readResults(
  { job, collector, stop, freshSince }: RunContext,
  { tap }: LiveResults,
  ending: Ending,
): Promise<Collected> {
  const { results } = job.spec;
  if (ending.kind !== 'exited' && stop.state !== 'going') return tap ?? { tests: [] };
  const { stdout } = collector;
  if (stdout === undefined) {
    const reason = 'It printed more than 32 MB: too much to read results from.';
    return { tests: [], problem: { verdict: 'error', cause: 'bad-results', blame: 'test', reason } };
  }
  const left = readLeft(job.directory, results);
  if (!('files' in left)) return left;
  return await collect(results, {
    stdout: stdout.toString(),
    tap,
    ...left,
    tests: [],
    startedAt: freshSince(),
    exitCode: ending.kind === 'exited' ? ending.code : null,
  });
}

/** The files that it left; what can not be read, such as a link to itself, is as good as none. */
function readLeft(directory: string, results: ResultsKind): Pick<Remains, 'files' | 'outputs'> | Collected {
  try {
    return { files: readResultsFiles(directory, results), outputs: readOutputs(directory, results) };
  } catch (fault) {
    const { code, message } = fault as NodeJS.ErrnoException;
    if (code === undefined || shortageIn(fault) !== undefined) throw fault;
    return badResults(`What the test process left can not be read: ${message}.`);
  }
}

function reproduceOf({ masker }: RunContext, { argv, cwd, env }: Command): Reproduce {
  return {
    cwd: masker.text(cwd),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, masker.text(value)])),
    argv: argv.map((argument) => masker.text(argument)),
  };
}
