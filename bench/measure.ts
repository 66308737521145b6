import { spawnSync } from 'node:child_process';

/** A command to time, as argv, with where it runs. */
export interface Timed {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Exit codes that count as done; default 0. */
  readonly exits?: readonly number[];
}

/** Wall seconds of one whole process; throws when it ends otherwise than it should. */
export function once(timed: Timed): number {
  const [program = '', ...args] = timed.argv;
  const start = process.hrtime.bigint();
  const { status, error, stderr, stdout } = spawnSync(program, args, {
    ...(timed.cwd === undefined ? {} : { cwd: timed.cwd }),
    env: { ...process.env, ...timed.env },
    maxBuffer: 1 << 28,
  });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (error !== undefined || !(timed.exits ?? [0]).includes(status ?? -1)) {
    const printed = Buffer.concat([stderr, stdout]).toString();
    throw new Error(`${timed.argv.join(' ')} ended with ${status ?? error?.message}:\n${printed}`);
  }
  return seconds;
}

/** Median of A, of B, and of the ratios A/B pair by pair, since the machine's speed drifts between pairs. */
export function paired(a: Timed, b: Timed, rounds: number): { a: number; b: number; ratio: number } {
  once(a);
  once(b);
  const pairs = Array.from({ length: rounds }, () => [once(a), once(b)] as const);
  return {
    a: median(pairs.map(([x]) => x)),
    b: median(pairs.map(([, y]) => y)),
    ratio: median(pairs.map(([x, y]) => x / y)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** One row of the table: what, both sides, the ratio and the goal that it is held against by the reader, not by a check. */
export function row(what: string, a: number, b: number, ratio: number, goal: string, unit = 's'): void {
  const figures = [a, b].map((value) => `${value.toPrecision(3)} ${unit}`.padStart(10)).join('');
  console.log(`${what.padEnd(58)}${figures}  ${ratio.toFixed(2).padStart(6)}   ${goal}`);
}

/** Wall and CPU seconds of one whole process with all its children; throws as `once` does. */
export function usage(timed: Timed): { wall: number; cpu: number } {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>/dev/null';
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', ...timed.argv], {
    ...(timed.cwd === undefined ? {} : { cwd: timed.cwd }),
    env: { ...process.env, ...timed.env },
    encoding: 'utf8',
  });
  if (!(timed.exits ?? [0]).includes(status ?? -1))
    throw new Error(`${timed.argv.join(' ')} ended with ${status}:\n${stderr}`);
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr.trim().split(' ').map(Number);
  return { wall, cpu: user + system };
}
