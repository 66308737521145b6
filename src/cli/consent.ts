import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Io } from './command.ts';

/** Asks a person at a terminal for a yes. No terminal, no answer and the end of input are a no; Ctrl-C ends testbed as ever. */
export async function consent(question: string, { stderr }: Io): Promise<boolean> {
  if (stderr.isTTY !== true || !process.stdin.isTTY) return false;
  const reader = createInterface({ input: process.stdin, output: stderr });
  reader.once('SIGINT', () => {
    reader.close();
    stderr.write('\n');
    process.kill(process.pid, 'SIGINT');
  });
  const closed = once(reader, 'close').then(() => '');
  const answer = await Promise.race([reader.question(`${question} [y/N] `), closed]);
  reader.close();
  return /^y(es)?$/i.test(answer.trim());
}
