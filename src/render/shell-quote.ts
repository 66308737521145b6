import type { Reproduce } from '../event/event.ts';

/** One argument as a POSIX shell reads it back unchanged. */
function shellQuote(text: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What a run did, as one line to paste into a shell. */
export function shellCommand({ cwd, env, argv }: Reproduce): string {
  const names = Object.keys(env);
  const plain = names.every((name) => NAME.test(name));
  const variables = Object.entries(env).map(([name, value]) =>
    plain ? `${name}=${value === '' ? '' : shellQuote(value)}` : shellQuote(`${name}=${value}`),
  );
  // A name that no shell would assign to still gets into the environment by env(1).
  const words = [...(plain ? [] : ['env']), ...variables, ...argv.map(shellQuote)];
  return `cd ${shellQuote(cwd)} && ${words.join(' ')}`;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Options of `testbed run` that say which bench and what is tested, and so belong into every command that repeats a part of it. */
const KEPT: ReadonlySet<string> = new Set([
  '--config',
  '--port',
  '--board',
  '--source',
  '--results',
  '--flash',
  '--partner',
]);

/** The command that runs one order again, from the command line of the session. */
export function rerunCommand(command: readonly string[], order: string): string {
  const kept: string[] = [];
  for (let i = 0; i < command.length; i++) {
    const word = command[i] ?? '';
    const name = word === '-c' ? '--config' : (word.split('=', 1)[0] ?? '');
    if (!KEPT.has(name) && !/^-c./.test(word)) continue;
    kept.push(word);
    if (!word.includes('=') && !/^-c./.test(word)) kept.push(command[++i] ?? '');
  }
  return ['testbed', 'run', ...kept.map(shellQuote), '--only', shellQuote(`id:${order}`)].join(' ');
}
