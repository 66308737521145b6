import { parseArgs } from 'node:util';
import type { TentacleId } from '../model/ids.ts';
import type { FinishedRun } from '../overlord/totals.ts';
import { appendsTo } from '../plan/selector-text.ts';
import { shellCommand, shellQuote } from './shell-quote.ts';

/** Lines to paste into a shell, to have a run once more. */
export interface Recipes {
  /** Runs just its order again, in the same way. */
  readonly again: string;
  /** Has the virtual boards that `byHand` wants; it stays until it is interrupted. */
  readonly serve?: string;
  /** What ran, where a command did. */
  readonly byHand?: string;
}

/** What recipes are made from, besides the run. */
export interface RecipeFacts {
  /** The command line of the session. */
  readonly command: readonly string[];
  /** Which tentacles are virtual boards; asked only when it matters. */
  readonly virtual: () => ReadonlySet<TentacleId>;
}

/** Options of `testbed run` that say which bench and how, and so belong into every command that repeats a part of it. */
const KEPT = ['config', 'port', 'board', 'source', 'results', 'flash', 'partner', 'skip', 'test'];

/** Which order is to be run again: its id, and by which names its spec may have been asked for. */
type Again = Pick<FinishedRun, 'order' | 'spec' | 'label'>;

/** How to have a run again. */
export function recipesFor(
  run: Again & Pick<FinishedRun, 'bindings' | 'reproduce'>,
  { command, virtual }: RecipeFacts,
): Recipes {
  const again = rerunCommand(command, run);
  if (run.reproduce === undefined) return { again };
  const byHand = shellCommand(run.reproduce);
  const served = run.bindings.map(({ tentacle }) => tentacle).filter((id) => virtual().has(id));
  if (served.length === 0) return { again, byHand };
  const bench = optionsOf(command, (name) => name === 'config');
  const serve = ['testbed', 'tentacle', 'serve', ...bench, ...served].map(shellQuote).join(' ');
  return { again, serve, byHand };
}

/** The command that runs one order again in the same way, from the command line of the session. */
function rerunCommand(command: readonly string[], run: Again): string {
  const words = optionsOf(
    command,
    (name, value) => KEPT.includes(name) || (name === 'only' && isKept(value, run)),
  );
  return ['testbed', 'run', ...words, '--only', `id:${run.order}`].map(shellQuote).join(' ');
}

/** The command that goes on with a session. */
export function resumeCommand(command: readonly string[], session: string): string {
  return sessionCommand('run --resume', command, session);
}

/** A command about a session, found as another command line found it or made it. */
export function sessionCommand(
  verb: 'run --resume' | 'attach' | 'stop',
  command: readonly string[],
  session: string,
): string {
  const words = optionsOf(command, (name) => name === 'config' || name === 'results');
  const [name = '', ...more] = verb.split(' ');
  return ['testbed', name, ...words, ...more, session].map(shellQuote).join(' ');
}

/** What the id does not say: on which of several tentacles, and with which arguments at the end of its command. */
function isKept(selector: string, { spec, label }: Again): boolean {
  return /^(tentacle|tag):/.test(selector) || appendsTo(selector, { name: spec, label });
}

/** The words of those options of a `testbed run` that are wanted, as they were written. */
function optionsOf(command: readonly string[], wanted: (name: string, value: string) => boolean): string[] {
  const names = [...KEPT, 'only'].map((name) => [name, { type: 'string' as const }] as const);
  const { tokens } = parseArgs({
    args: [...command],
    options: { ...Object.fromEntries(names), config: { type: 'string', short: 'c' } },
    strict: false,
    tokens: true,
  });
  return tokens.flatMap((token) => {
    if (token.kind !== 'option' || token.value === undefined || !wanted(token.name, token.value)) return [];
    const { rawName, value, inlineValue } = token;
    if (!inlineValue) return [rawName, value];
    return [rawName.startsWith('--') ? `${rawName}=${value}` : rawName + value];
  });
}
