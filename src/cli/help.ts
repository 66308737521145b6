import { wrap } from '../render/text.ts';
import type { Command, OptionSpec } from './command.ts';

const COLUMN = 26;

/** The whole of `testbed help`: commands with their summaries. */
export function helpOverview(
  commands: readonly { readonly name: string; readonly summary: string }[],
): string {
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`);
  return [
    'testbed: runs tests on labs of microcontroller boards, and on the host.',
    '',
    'Usage: testbed COMMAND [OPTION …]',
    '',
    ...rows,
    '',
    'testbed COMMAND --help tells about one; testbed --version tells which this is.',
    'A first try: testbed run -c testbed.yaml.example',
    '',
  ].join('\n');
}

/** `testbed COMMAND --help`, at most 80 columns wide. */
export function helpOf(command: Command, summary: string): string {
  const usage = ['testbed', command.name, command.positionals, '[OPTION …]'].filter(
    (part) => part !== undefined,
  );
  const options = Object.entries(command.options).map(([name, spec]) => row(name, spec));
  return [
    `testbed ${command.name}: ${summary}`,
    '',
    `Usage: ${usage.join(' ')}`,
    '',
    ...options,
    row('help', { type: 'boolean', short: 'h', help: 'this' }),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

function row(name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? '    ' : `-${spec.short}, `;
  const word = spec.choices?.join('|') ?? spec.value ?? 'VALUE';
  const value = spec.type === 'boolean' ? '' : spec.alone === undefined ? ` ${word}` : `[=${word}]`;
  const left = `  ${short}--${name}${value}`;
  const lines = wrap(spec.help + (spec.multiple ? ' (repeatable)' : ''), 80 - COLUMN);
  const indent = ' '.repeat(COLUMN);
  const first = left.length < COLUMN - 1 ? left.padEnd(COLUMN) : `${left}\n${indent}`;
  return first + lines.join(`\n${indent}`);
}
