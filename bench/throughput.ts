import { spawn } from 'node:child_process';
import { once as event } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { once, row } from './measure.ts';

const LINES = 2_000_000;
const LINE = 'a line of output that a test prints';
const GB = 1e9;

/** Lines a second that go from tests into the log: of one chatty run, and of fifty at once. */
export function output(testbed: readonly string[], scratch: string): void {
  for (const runs of [1, 50]) {
    const cwd = path.join(scratch, `chatty-${runs}`);
    mkdirSync(cwd);
    const command = JSON.stringify(['sh', '-c', `yes '${LINE}' | head -n ${LINES / runs}`]);
    writeFileSync(
      path.join(cwd, 'chatty.yaml'),
      `plan: chatty\nspecs:\n  t: { label: T, help: prints, timeout: 5m, command: ${command}, results: exit-code }\n`,
    );
    writeFileSync(
      path.join(cwd, 'testbed.yaml'),
      `lab: chatty\nplans: [./chatty.yaml]\ntentacles: {}\nstate: ${cwd}/state\n`,
    );
    const jobs = ['--count', String(runs), '--jobs', String(runs)];
    const seconds = once({ argv: [...testbed, 'run', ...jobs, '--keep', '-q'], cwd });
    const floor = once({ argv: ['sh', '-c', `yes '${LINE}' | head -n ${LINES} > ${cwd}/floor`] });
    const rates = [LINES / seconds, LINES / floor] as const;
    const what = runs === 1 ? 'one run' : `${runs} runs`;
    row(`lines into the log from ${what} / into a file`, ...rates, rates[0] / rates[1], '>= 200,000/s', '/s');
  }
}

/** `testbed replay` of a log of 1 GB: how long, and how much memory. */
export async function replay(testbed: readonly string[], scratch: string): Promise<void> {
  const directory = path.join(scratch, 'results', '2026-01-01T00-00-00-0000');
  mkdirSync(directory, { recursive: true });
  writeLog(path.join(directory, 'events.jsonl'));
  const start = performance.now();
  const child = spawn(testbed[0] ?? '', [...testbed.slice(1), 'replay', directory, '-q'], {
    stdio: 'ignore',
  });
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, peakOf(child.pid ?? 0))), 50);
  await event(child, 'close');
  clearInterval(watch);
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `replay of a log of 1 GB: ${seconds.toFixed(1)} s, ${(GB / 1e6 / seconds).toFixed(0)} MB/s, ` +
      `${(peak / 1024).toFixed(0)} MB of memory   goal <= 300 MB`,
  );
}

/** One session of ten thousand runs with many tests each, all of which passed. */
function writeLog(file: string): void {
  const descriptor = openSync(file, 'w');
  const identity = { pid: 1, startTime: '1', bootId: 'b', host: 'h' };
  let [seq, at, size] = [0, 1_767_225_600_000, 0];
  let block: string[] = [];
  const add = (type: string, rest: object): void => {
    block.push(`${JSON.stringify({ type, seq: seq++, at: at++, ...rest })}\n`);
    if (block.length < 5000) return;
    size += writeSync(descriptor, block.join(''));
    block = [];
  };
  const runs = 10_000;
  const specs = [{ spec: 's', label: 'S', orders: runs, estimateMs: 1000 }];
  add('session-started', {
    session: path.basename(path.dirname(file)),
    format: 1,
    testbed: '0',
    node: 'v24',
    lab: 'bench',
    process: identity,
    command: ['testbed', 'run'],
    plan: { orders: runs, specs },
  });
  for (let run = 1; run <= runs; run++) {
    const id = run === 1 ? 'S' : `S#${run}`;
    add('run-started', { order: id, run: id, attempt: 1, spec: 's' });
    const until = (GB * run) / runs;
    for (let test = 0; size + block.length * 140 < until; test++)
      add('test-finished', {
        run: id,
        path: `basics/some_test_${test}.py`,
        verdict: 'pass',
        expected: true,
        durationMs: 12,
      });
    add('run-finished', {
      order: id,
      run: id,
      attempt: 1,
      verdict: 'pass',
      expected: true,
      willRetry: false,
      durationMs: 100,
    });
  }
  const counters = { P: runs, F: 0, A: 0, R: 0, T: 0 };
  add('session-finished', { ending: 'complete', exit: 0, counters, durationMs: 1000 });
  writeSync(descriptor, block.join(''));
  closeSync(descriptor);
}

/** The most memory that a process had until now, KB. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
