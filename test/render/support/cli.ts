import { spawnSync } from 'node:child_process';
import path from 'node:path';

const program = path.resolve(import.meta.dirname, '../fixtures/testbed.ts');

/** What a command left behind. */
export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `testbed ARGS` from the sources, in a directory, without a terminal, in UTC and without colours. */
export function testbed(cwd: string, ...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], TZ: 'UTC' },
  });
  return { exit: status, stdout, stderr };
}

/** The same as a shell's words, for what needs a shell or a terminal. */
export function testbedWords(...args: string[]): string {
  return [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
}
