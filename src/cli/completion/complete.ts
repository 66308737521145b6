import type { Command, Io, OptionSpec } from '../command.ts';
import { commandTable } from '../table.ts';
import { unquote } from './unquote.ts';
import { isKind, nextPositionals } from './usage.ts';
import { VALUES, type Candidate } from './values.ts';

/** What may stand where the cursor is: candidates, or paths, which the shell completes itself. */
export type Completion = readonly Candidate[] | 'files' | 'directories';

/**
 * Completes the last of the words, which are what was typed behind `testbed` up to the cursor, with their quotation marks.
 * Reads the lab file and what is in `results/` where that helps; asks no board, starts nothing, changes nothing.
 */
export async function complete(words: readonly string[], io: Io): Promise<Completion> {
  const [name, ...rest] = words.map(unquote);
  const typed = rest.at(-1);
  if (name === undefined || typed === undefined) return matching(commandNames(), name ?? '');
  if (name === 'help') return rest.length === 1 ? matching(commandNames(), typed) : [];
  const command = await commandTable.find((entry) => entry.name === name)?.load();
  return command === undefined ? [] : await completeFor(command, rest.slice(0, -1), { typed, io });
}

function commandNames(): Candidate[] {
  return [
    ...commandTable.map(({ name, summary }) => ({ value: name, help: summary })),
    { value: 'help', help: 'tell about all commands, or about one' },
  ];
}

async function completeFor(
  command: Command,
  before: readonly string[],
  { typed, io }: { readonly typed: string; readonly io: Io },
): Promise<Completion> {
  const { options, positionals, given, pending } = readWords(command, before);
  const context = { io, options };
  if (pending !== undefined) return await completeValue(pending, typed, context);
  const [, option = '', value] = /^--([^=]+)=(.*)$/s.exec(typed) ?? [];
  const spec = Object.hasOwn(command.options, option) ? command.options[option] : undefined;
  if (value !== undefined) {
    const found = spec === undefined ? [] : await completeValue(spec, value, context);
    if (typeof found === 'string') return found;
    return found.map((each) => ({ ...each, value: `--${option}=${each.value}` }));
  }
  const names = matching(optionNames(command, given), typed);
  if (typed.startsWith('-')) return names;
  const kinds = nextPositionals(command.positionals ?? '', positionals);
  if (kinds.length === 0 && typed === '') return names;
  return await completeKinds(kinds, typed, context);
}

interface WordsBefore {
  /** Values by the option's name; of those that repeat, the last. */
  readonly options: Readonly<Record<string, string>>;
  readonly positionals: readonly string[];
  /** Options that were given, by name. */
  readonly given: ReadonlySet<string>;
  /** The option whose value is to come. */
  readonly pending?: OptionSpec;
}

/** Reads what stands before the cursor, leniently: what is wrong is for the command itself to tell. */
function readWords(command: Command, words: readonly string[]): WordsBefore {
  const options: Record<string, string> = {};
  const positionals: string[] = [];
  const given = new Set<string>();
  let pending: string | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      options[pending] = word;
      pending = undefined;
      continue;
    }
    const [, long, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const name = long ?? (/^-[^-]/.test(word) ? longName(command, word.slice(-1)) : undefined);
    if (name === undefined) {
      if (!word.startsWith('-')) positionals.push(word);
      continue;
    }
    given.add(name);
    const spec = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
    if (spec === undefined || spec.type === 'boolean' || spec.alone !== undefined) continue;
    if (value === undefined) pending = name;
    else options[name] = value;
  }
  const spec = pending === undefined ? undefined : command.options[pending];
  return { options, positionals, given, ...(spec === undefined ? {} : { pending: spec }) };
}

function longName({ options }: Command, short: string): string | undefined {
  return Object.entries(options).find(([, spec]) => spec.short === short)?.[0];
}

function optionNames({ options }: Command, given: ReadonlySet<string>): Candidate[] {
  const open = Object.entries(options).filter(([name, spec]) => spec.multiple === true || !given.has(name));
  return [
    ...open.map(([name, { help }]) => ({ value: `--${name}`, help })),
    { value: '--help', help: 'tell about this command' },
  ];
}

async function completeValue(
  spec: OptionSpec,
  typed: string,
  context: Parameters<typeof completeKinds>[2],
): Promise<Completion> {
  return await completeKinds(spec.choices ?? (spec.value === undefined ? [] : [spec.value]), typed, context);
}

/** Words stand for themselves, kinds for their values. */
async function completeKinds(
  kinds: readonly string[],
  typed: string,
  context: { readonly io: Io; readonly options: Readonly<Record<string, string>> },
): Promise<Completion> {
  const found: Candidate[] = [];
  for (const kind of kinds) {
    const values = isKind(kind) ? VALUES[kind] : undefined;
    if (typeof values === 'string') return values;
    found.push(...(values === undefined ? [] : await values({ ...context, typed })));
    if (!isKind(kind)) found.push({ value: kind });
  }
  return matching(found, typed);
}

function matching(candidates: readonly Candidate[], typed: string): Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(typed));
}
