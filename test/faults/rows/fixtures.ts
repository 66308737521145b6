import path from 'node:path';

/** argv of a fixture program of the fault table. */
export function fixture(name: string, ...args: readonly string[]): string[] {
  return ['python3', path.join(import.meta.dirname, '..', 'fixtures', `${name}.py`), ...args];
}

/** argv as a piece of a shell's command. */
export function quoted(argv: readonly string[]): string {
  return argv.map((argument) => `'${argument}'`).join(' ');
}
