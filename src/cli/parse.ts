import { parseArgs } from 'node:util';
import { suggest } from '../util/suggest.ts';
import { UsageFault, type Command, type OptionSpec, type OptionTable, type Values } from './command.ts';

/** What a command line says, checked against the command's options; throws `UsageFault`. */
export interface ParsedArguments {
  readonly options: Values<OptionTable>;
  readonly positionals: readonly string[];
  /** `--help` was among them. */
  readonly help: boolean;
}

/** Reads `argv` (after the command's name) by the command's option table. */
export function parseArguments(command: Command, argv: readonly string[]): ParsedArguments {
  const { tokens } = parseArgs({
    args: [...argv],
    options: { ...nodeOptions(command.options), help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values: Record<string, unknown> = defaults(command.options);
  const positionals: string[] = [];
  let help = false;
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') {
      help = true;
      continue;
    }
    const spec = Object.hasOwn(command.options, token.name) ? command.options[token.name] : undefined;
    if (spec === undefined) throw unknownOption(command, token.rawName);
    const value = read(token.rawName, spec, token.value ?? spec.alone);
    if (spec.multiple) (values[token.name] as unknown[]).push(value);
    else values[token.name] = value;
  }
  if (!help && command.positionals === undefined && positionals.length > 0)
    throw new UsageFault(
      `"testbed ${command.name}" takes no argument, but got "${positionals[0]}".`,
      `See "testbed ${command.name} --help".`,
    );
  return { options: values as Values<OptionTable>, positionals, help };
}

function nodeOptions(table: OptionTable) {
  return Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [
      name,
      {
        type:
          spec.type === 'boolean' || spec.alone !== undefined ? ('boolean' as const) : ('string' as const),
        ...(spec.short === undefined ? {} : { short: spec.short }),
      },
    ]),
  );
}

function defaults(table: OptionTable): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    if (spec.type === 'boolean') values[name] = false;
    else if (spec.multiple) values[name] = [];
  }
  return values;
}

function read(name: string, spec: OptionSpec, value: string | undefined): string | number | true {
  if (spec.type === 'boolean') {
    if (value !== undefined) throw new UsageFault(`${name} takes no value, but got "${value}".`);
    return true;
  }
  // A value that looks like an option is one that was forgotten; `--only=--x` says it on purpose.
  if (value === undefined || value === '')
    throw new UsageFault(`${name} needs a value: ${name} ${spec.value ?? 'VALUE'} (${spec.help}).`);
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    const near = suggest(value, spec.choices);
    throw new UsageFault(
      `${name} is one of ${spec.choices.join(', ')}, not "${value}".`,
      near === undefined ? undefined : `Did you mean "${near}"?`,
    );
  }
  if (spec.type === 'string') return value;
  if (!/^\d+$/.test(value)) throw new UsageFault(`${name} is a whole number, not "${value}".`);
  return Number(value);
}

function unknownOption(command: Command, rawName: string): UsageFault {
  const near = suggest(
    rawName,
    Object.keys(command.options).map((name) => `--${name}`),
  );
  return new UsageFault(
    `"testbed ${command.name}" has no option ${rawName}.`,
    near === undefined ? `See "testbed ${command.name} --help".` : `Did you mean ${near}?`,
  );
}
