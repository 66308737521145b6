import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Ending } from '../audit/ending.ts';
import { shortageIn } from '../process/spawn-fault.ts';
import { cookiesOf, type RunContext } from './context.ts';
import type { Templates } from './templates.ts';

/** How long the command of `list:` may take. */
const LIST_MS = 60_000;

/** The tests of a run, or why there are none to run. */
export type ChosenTests =
  { readonly ok: true; readonly tests: readonly string[] } | { readonly ok: false; readonly ending: Ending };

/** The tests that `files:` matches or `list:` prints, narrowed by `--test`. A spec with neither names no tests. */
export async function chooseTests(context: RunContext, templates: Templates): Promise<ChosenTests> {
  const { spec, tests: globs } = context.job;
  if (spec.files === undefined && spec.list === undefined) return { ok: true, tests: [] };
  const listed = spec.list === undefined ? [] : await listTests(context, templates, spec.list);
  if (!Array.isArray(listed)) return { ok: false, ending: listed };
  const found = spec.files === undefined ? [] : testFiles(templates.cwd, templates.text(spec.files));
  const all = [...new Set([...found, ...listed])];
  const tests = await narrow(all, globs);
  if (all.length > 0 && tests.length === 0) {
    const reason = `None of its ${all.length} tests is chosen by --test ${globs.join(' --test ')}.`;
    return { ok: false, ending: { kind: 'precondition-missing', reason } };
  }
  return { ok: true, tests };
}

/** The files that match a pattern, relative to `cwd`, with `/`, sorted by code unit. */
export function testFiles(cwd: string, pattern: string): string[] {
  return globSync(pattern, { cwd })
    .map((file) => file.replaceAll('\\', '/'))
    .toSorted();
}

async function narrow(tests: readonly string[], globs: readonly string[]): Promise<readonly string[]> {
  if (globs.length === 0) return tests;
  const { default: picomatch } = await import('picomatch');
  const matches = picomatch([...globs], { dot: true });
  return tests.filter((test) => globs.includes(test) || matches(test));
}

async function listTests(
  context: RunContext,
  templates: Templates,
  list: readonly string[],
): Promise<string[] | Ending> {
  const { argv, cwd, env } = templates.command(list, []);
  const [program = '', ...rest] = argv;
  try {
    const { stdout } = await promisify(execFile)(program, rest, {
      cwd,
      env: { ...context.setup.env, ...env, ...cookiesOf(context) },
      timeout: LIST_MS,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 1024 * 1024,
      signal: context.stop.soon,
    });
    return stdout.split(/\r?\n/).filter((line) => line !== '');
  } catch (fault) {
    if (context.stop.state !== 'going') return { kind: 'interrupted', during: 'the test phase' };
    const short = shortageIn(fault);
    if (short !== undefined) return { kind: 'shortage', message: short };
    const { message, stderr } = fault as Error & { stderr?: string };
    const said = stderr?.trimEnd().split('\n').at(-1);
    return { kind: 'spawn-failed', program: `The "list:" command ${program}`, message: said || message };
  }
}
