import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { heldLab } from '../support/held-lab.ts';
import { DEAF, ownLab, spec } from '../support/own-lab.ts';
import { Rig, processesOf, until } from '../support/rig.ts';
import { nothingStays, runsOf, typesOf } from './support.ts';

// A run that was cut off is no attempt: its order is not run either.
test('Ctrl-C once: nothing new is served, the log gets its end, exit 130, nothing stays', async () => {
  await using held = await heldLab(3);
  const { rig, gate } = held;
  const running = rig.start(['run', '--jobs', '1']);
  await gate.arrival();
  running.child.kill('SIGINT');
  const { exit, stderr } = await running.finished;
  expect(exit).toBe(130);
  expect(stderr).toContain('interrupted');
  expect(rig.events().at(-1)).toMatchObject({ type: 'session-finished', ending: 'interrupted', exit: 130 });
  expect(typesOf(rig.events()).filter((type) => type === 'order-not-run')).toHaveLength(3);
  await nothingStays(rig);
});

test('TERM once, with a test that does not listen: exit 143 after its grace; Ctrl-C twice does not wait for it', async () => {
  await using rig = new Rig();
  const started = async (grace: string) => {
    ownLab(rig, { specs: spec('deaf', DEAF, `timeout: 5m, grace: ${grace}`) });
    const running = rig.start(['run', '--results', grace, '--format', 'jsonl']);
    await running.printed('"phase-started"');
    await until(rig.directory, () => (processesOf(rig.directory).length > 3 ? true : undefined), 5000);
    return running;
  };
  const patient = await started('100ms');
  patient.child.kill('SIGTERM');
  expect((await patient.finished).exit).toBe(143);
  await nothingStays(rig);
  const hurried = await started('5m');
  hurried.child.kill('SIGINT');
  await hurried.printed('once more to stop at once');
  hurried.child.kill('SIGINT');
  expect((await hurried.finished).exit).toBe(130);
  await nothingStays(rig);
});

test('kill -9 of the main process: nothing of it stays, and its log is told as broken', async () => {
  await using held = await heldLab(3);
  const { rig, gate } = held;
  const running = rig.start(['run', '--jobs', '2']);
  await gate.arrival();
  await gate.arrival();
  running.child.kill('SIGKILL');
  await running.finished;
  await nothingStays(rig);
  for (const command of ['log', 'replay', 'report']) expect((await rig.run([command])).exit).toBe(4);
});

test('kill -9 of a worker: its run is an error with the evidence, is offered once more, and the rest goes on', async () => {
  await using held = await heldLab(2);
  const { rig, gate } = held;
  const running = rig.start(['run', '--jobs', '1']);
  const first = await gate.arrival();
  process.kill(parentOf(first.pid), 'SIGKILL');
  for (let i = 0; i < 2; i++) (await gate.arrival()).release(0);
  const { exit } = await running.finished;
  expect(exit).toBe(0);
  expect(rig.events().filter((event) => event.type === 'run-finished')).toMatchObject([
    { verdict: 'error', cause: 'worker-died', blame: 'lab', willRetry: true },
    { verdict: 'pass' },
    { verdict: 'pass' },
  ]);
  expect(runsOf(rig.events()).filter((run) => run.includes('~2'))).toHaveLength(1);
  await nothingStays(rig);
});

test('one run that hangs is ended by its timeout and touches no other', async () => {
  await using rig = new Rig();
  rig.lab('plans: [./own.yaml]\ntentacles: {}\n');
  rig.write(
    'own.yaml',
    `plan: own
specs:
  hang: { label: HANG, help: never ends, timeout: 1s, grace: 200ms, command: [sh, -c, "echo before; trap '' TERM; sleep 60 & wait; sleep 60"], results: exit-code }
  good: { label: GOOD, help: passes, timeout: 1m, command: ["true"], results: exit-code }
`,
  );
  const { exit } = await rig.run(['run']);
  expect(exit).toBe(1);
  expect(runsOf(rig.events())).toEqual(['GOOD pass', 'HANG fail']);
  const hang = rig.events().find((event) => event.type === 'run-finished' && event.run === 'HANG');
  expect(hang).toMatchObject({ cause: 'timeout', evidence: 'before' });
  await nothingStays(rig);
});

test('two sessions on one lab: the second waits for the tentacle, or says who holds it', async () => {
  await using held = await heldLab(1, 'board');
  const { rig, gate } = held;
  const first = rig.start(['run', '--results', 'first']);
  const holding = await gate.arrival();
  const refused = await rig.run(['run', '--no-wait', '--results', 'refused']);
  expect(refused.exit).toBe(3);
  expect(refused.stderr).toContain(String(first.pid));
  const second = rig.start(['run', '--results', 'second']);
  await second.printed(String(first.pid));
  holding.release(0);
  (await gate.arrival()).release(0);
  expect((await first.finished).exit).toBe(0);
  expect((await second.finished).exit).toBe(0);
  expect(readdirSync(path.join(rig.state, 'leases')).filter((name) => name.endsWith('.json'))).toEqual([]);
});

function parentOf(pid: number): number {
  const stat = readStat(pid);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function readStat(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8');
}
