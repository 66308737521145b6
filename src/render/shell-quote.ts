import type { Reproduce } from '../event/event.ts';

/** One argument as a POSIX shell reads it back unchanged. */
export function shellQuote(text: string): string {
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
