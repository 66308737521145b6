import { collect } from '../../audit/collect.ts';
import type { ResultsKind } from '../../model/plan.ts';
import { beginPhase, endPhase } from '../phases.ts';
import { emit, type Reproduce, type RunContext } from '../context.ts';
import { chooseTests } from '../test-files.ts';
import type { Command, Templates } from '../templates.ts';
import { endedBy, type TestPhaseEnd } from '../test-phase.ts';
import { readOutputs, readResultsFiles } from './results-files.ts';
import { runProcess } from './run-process.ts';

/** Whether a kind of results is read from what the test prints. */
export function readsOutput(kind: ResultsKind): boolean {
  return kind !== 'exit-code' && kind !== 'repl';
}

/** The test phase of a spec with a command: start it, watch it, read what it left. */
export async function runCommand(
  context: RunContext,
  templates: Templates,
  cutPower?: () => Promise<void>,
): Promise<TestPhaseEnd> {
  const { job, collector, stop } = context;
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
  const ending = await runProcess(context, command, cutPower);
  collector.endOutput();
  endPhase(context, 'test', start, ending.kind === 'exited' ? 'done' : 'failed');
  emit(context, { type: 'run-auditing', run: job.run.id });
  const reproduce = reproduceOf(context, command);
  if (ending.kind !== 'exited' && stop.state !== 'going') return { ...endedBy(ending), reproduce };
  const { stdout } = collector;
  if (stdout === undefined) {
    const reason = 'It printed more than 32 MB: too much to read results from.';
    const problem = { verdict: 'error', cause: 'bad-results', blame: 'test', reason } as const;
    return { ending, collected: { tests: [], problem }, reproduce };
  }
  const collected = await collect(spec.results, {
    stdout: stdout.toString(),
    files: readResultsFiles(job.directory, spec.results),
    outputs: readOutputs(job.directory, spec.results),
    tests: [],
    startedAt: context.startedAt,
    exitCode: ending.kind === 'exited' ? ending.code : null,
  });
  return { ending, collected, reproduce };
}

function reproduceOf({ masker }: RunContext, { argv, cwd, env }: Command): Reproduce {
  return {
    cwd: masker.text(cwd),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, masker.text(value)])),
    argv: argv.map((argument) => masker.text(argument)),
  };
}
