// kill -9 of each process of a session, in each phase of a run that has a board. A phase is held open by stopping what
// it waits for, so that the kill surely falls into it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Phase, TestbedEvent } from '../../src/event/event.ts';
import { Gate, type Held } from '../support/gate.ts';
import { Rig, processesOf, until, type Running } from '../support/rig.ts';

type Victim = 'main' | 'worker' | 'host';

/** A session whose first run has arrived in its test phase on `v0`. */
interface Bench {
  readonly rig: Rig;
  readonly gate: Gate;
  readonly running: Running;
  readonly held: Held;
}

/** A board of our own: its limits are short, so that a stopped host holds nobody up for long. */
const LAB = `plans: [./own.yaml]
boards:
  SHORT: { port: webassembly, mcu: wasm, driver: virtual, features: [mcu], limits: { teardown: 1s } }
tentacles:
  v0: { board: SHORT }
`;

async function sessionWithBoard(rig: Rig, gate: Gate): Promise<Bench> {
  rig.lab(LAB);
  const spec = (name: string): string =>
    `  ${name}: { label: ${name.toUpperCase()}, help: held, timeout: 1m, cover: once, roles: { dut: { feature: mcu } }, command: ${JSON.stringify(gate.command(name))}, results: exit-code }\n`;
  rig.write('own.yaml', `plan: own\nspecs:\n${spec('a')}${spec('b')}`);
  const running = rig.start(['run']);
  return { rig, gate, running, held: await gate.arrival() };
}

/** Brings the session into the phase, and leaves it there. */
async function holdIn(phase: Phase, { rig, held }: Bench): Promise<void> {
  if (phase === 'test') return;
  const host = pidOf(rig, 'host');
  process.kill(host, 'SIGSTOP');
  held.release(0);
  if (phase === 'teardown') {
    await rig.event((event) => event.type === 'phase-started' && event.phase === 'teardown');
    return;
  }
  // The teardown of the first run gives up; the second meets the same host.
  await rig.event((event) => event.type === 'phase-started' && event.phase === phase && isOf(event, 'B'));
}

function isOf(event: TestbedEvent, label: string): boolean {
  return event.run?.startsWith(`${label}[`) === true;
}

function pidOf(rig: Rig, victim: 'worker' | 'host'): number {
  const entry = victim === 'host' ? 'virtual/main' : 'worker/main';
  const pid = processesOf(rig.directory).find((each) =>
    readFileSync(`/proc/${each}/cmdline`, 'utf8').includes(entry),
  );
  if (pid === undefined) throw new Error(`no ${victim} runs`);
  return pid;
}

async function kill(victim: Victim, { rig, running }: Bench): Promise<void> {
  const pid = victim === 'main' ? running.pid : pidOf(rig, victim);
  const host = victim === 'host' ? undefined : pidOf(rig, 'host');
  process.kill(pid, 'SIGKILL');
  // What was stopped to hold the phase goes on; the host that is killed is gone either way.
  if (host !== undefined) process.kill(host, 'SIGCONT');
  await until(rig.directory, () => (lives(pid) ? undefined : true), 5000);
}

function lives(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function nothingLives(rig: Rig): Promise<void> {
  await until(rig.directory, () => (processesOf(rig.directory).some(lives) ? undefined : true), 5000);
}

function leases(rig: Rig): string[] {
  const directory = path.join(rig.state, 'leases');
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.json')) : [];
}

/** `A error worker-died`, each run in its order. */
function endings(rig: Rig): string[] {
  return rig
    .events()
    .filter((event) => event.type === 'run-finished')
    .map(({ run, verdict, cause }) => [run.replace(/\[.*\]/, ''), verdict, cause].filter(Boolean).join(' '));
}

/** Lets every further run pass, so many at most. */
async function letPass(gate: Gate, running: Running, runs: number): Promise<void> {
  const ended = running.finished.then(() => undefined);
  for (let i = 0; i < runs; i++) (await Promise.race([gate.arrival(), ended]))?.release(0);
}

const PHASES = ['power', 'test', 'teardown'] as const;

test.each(PHASES)('main killed in %s: nothing lives on, and the next session does it all', async (phase) => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const bench = await sessionWithBoard(rig, gate);
  await holdIn(phase, bench);
  await kill('main', bench);
  await nothingLives(rig);
  expect((await rig.run(['log'])).exit).toBe(4);
  const next = rig.start(['run', '--no-wait']);
  await letPass(gate, next, 2);
  expect((await next.finished).exit).toBe(0);
  expect(endings(rig)).toEqual(['A pass', 'B pass']);
  expect(leases(rig)).toEqual([]);
});

test.each([
  ['power', ['A pass', 'B error worker-died', 'B~2 pass'], 1],
  ['test', ['A error worker-died', 'A~2 pass', 'B pass'], 2],
  ['teardown', ['A error worker-died', 'A~2 pass', 'B pass'], 2],
] as const)('worker killed in %s: its run is offered once more', async (phase, expected, left) => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const bench = await sessionWithBoard(rig, gate);
  await holdIn(phase, bench);
  await kill('worker', bench);
  await letPass(gate, bench.running, left);
  expect((await bench.running.finished).exit).toBe(0);
  expect(endings(rig).toSorted()).toEqual(expected);
  await nothingLives(rig);
  expect(leases(rig)).toEqual([]);
});

test.each([
  ['power', ['A pass', 'B error lost-tentacle', 'B~2 pass'], 1],
  ['test', ['A error lost-tentacle', 'A~2 pass', 'B pass'], 2],
  // What had passed has passed.
  ['teardown', ['A pass', 'B pass'], 1],
] as const)('host killed in %s: a fault of the lab', async (phase, expected, left) => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const bench = await sessionWithBoard(rig, gate);
  await holdIn(phase, bench);
  await kill('host', bench);
  if (phase === 'test') bench.held.release(1);
  await letPass(gate, bench.running, left);
  expect((await bench.running.finished).exit).toBe(0);
  expect(endings(rig).toSorted()).toEqual(expected);
  await nothingLives(rig);
  expect(leases(rig)).toEqual([]);
});

test('the name of a lost port is somebody else’s by now: still the board is told as lost', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const bench = await sessionWithBoard(rig, gate);
  const port = realpathSync(path.join(rig.state, 'virtual', 'rig', 'v0', 'tty'));
  await kill('host', bench);
  await until(rig.directory, () => (existsSync(port) ? undefined : true), 5000);
  // The kernel gives the lowest numbers that are free.
  const others = spawn('python3', ['-c', TAKE_PTYS], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(others.stdout, 'data');
  expect(existsSync(port)).toBe(true);
  bench.held.release(1);
  await letPass(gate, bench.running, 2);
  expect((await bench.running.finished).exit).toBe(0);
  others.stdin.end();
  expect(endings(rig).toSorted()).toEqual(['A error lost-tentacle', 'A~2 pass', 'B pass']);
});

const TAKE_PTYS = `
import os, sys
ptys = [os.openpty() for _ in range(64)]
print("taken", flush=True)
sys.stdin.read()
`;
