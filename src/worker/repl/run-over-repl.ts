import { collect } from '../../audit/collect.ts';
import type { Ending } from '../../audit/ending.ts';
import type { TestResult } from '../../model/verdict.ts';
import type { Place } from '../board/place.ts';
import { cookiesOf, emit, type RunContext } from '../context.ts';
import { beginPhase, endPhase } from '../phases.ts';
import { chooseTests } from '../test-files.ts';
import type { Templates } from '../templates.ts';
import { endedBy, type TestPhaseEnd } from '../test-phase.ts';
import { Expectations } from './expected.ts';
import { PhaseLimit } from './phase-limit.ts';
import type { ReplRun } from './repl-run.ts';
import { runMultitests } from './run-multitests.ts';
import { runTests } from './run-tests.ts';

/** The test phase of `results: repl`: test by test through the boards' raw REPLs, one board or several at once. */
export async function runOverRepl(
  context: RunContext,
  places: readonly Place[],
  templates: Templates,
): Promise<TestPhaseEnd> {
  const start = beginPhase(context, 'test');
  const chosen = await chooseTests(context, templates);
  if (!chosen.ok) {
    endPhase(context, 'test', start, 'failed');
    return endedBy(chosen.ending);
  }
  const results: TestResult[] = [];
  const limit = new PhaseLimit(context);
  const expectations = new Expectations(context.setup.python, {
    ...context.setup.env,
    ...cookiesOf(context),
  });
  const run: ReplRun = {
    context,
    templates,
    expectations,
    limit,
    finish: async (test) => {
      results.push(test);
      await context.teller.live(test);
    },
  };
  let ending: Ending | undefined;
  try {
    const [first, ...others] = places;
    if (first === undefined) throw new Error('Internal error: expected a tentacle, was none');
    const cut =
      others.length === 0 ? runTests(run, first, chosen.tests) : runMultitests(run, places, chosen.tests);
    ending = (await cut) ?? limit.ending;
  } finally {
    limit.stop();
    expectations.close();
  }
  endPhase(context, 'test', start, ending === undefined ? 'done' : 'failed');
  emit(context, { type: 'run-auditing', run: context.job.run.id });
  const collected = await collect('repl', {
    stdout: '',
    files: [],
    tests: results,
    startedAt: context.startedAt,
    exitCode: null,
  });
  return { ending: ending ?? { kind: 'finished' }, collected };
}
