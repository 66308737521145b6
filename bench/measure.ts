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

/** Takes in whoever loses its parent, so that no CPU is lost with it: an interpreter that is killed waits for nobody. */
const ADOPTER = `
import ctypes, os, resource, subprocess, sys, time
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
start = time.monotonic()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wall = time.monotonic() - start
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, used.ru_utime, used.ru_stime, file=sys.stderr)
sys.exit(code)
`;

/** Wall and CPU seconds of one whole process with all that it starts, also of what is left alone; throws as `once` does. */
export function adoptedUsage(timed: Timed): { wall: number; cpu: number } {
  return told(timed, ['python3', '-c', ADOPTER]);
}

/** Wall and CPU seconds of one whole process with all its children; throws as `once` does. */
export function usage(timed: Timed): { wall: number; cpu: number } {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>/dev/null';
  return told(timed, ['bash', '-c', script, 'bash']);
}

/** What a program that gets a command as its last arguments says of it: wall, user and system seconds. */
function told(timed: Timed, [program = '', ...args]: readonly string[]): { wall: number; cpu: number } {
  const { status, stderr } = spawnSync(program, [...args, ...timed.argv], {
    ...(timed.cwd === undefined ? {} : { cwd: timed.cwd }),
    env: { ...process.env, ...timed.env },
    encoding: 'utf8',
  });
  if (!(timed.exits ?? [0]).includes(status ?? -1))
    throw new Error(`${timed.argv.join(' ')} ended with ${status}:\n${stderr}`);
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr.trim().split(' ').map(Number);
  return { wall, cpu: user + system };
}
