import { expect, test } from 'vitest';
import { heldLab } from '../support/held-lab.ts';
import { Gate } from '../support/gate.ts';
import { Rig } from '../support/rig.ts';

test('--stall-report says who waits for whom, again and again, and ends nothing', async () => {
  await using held = await heldLab(2, 'board');
  const { rig, gate } = held;
  const first = rig.start(['run', '--only', 's0', '--results', 'first']);
  const run = await gate.arrival();
  const second = rig.start(['run', '--results', 'second', '--stall-report=200ms', '--renderer', 'quiet']);
  const both = `2 orders wait; that may be as it should be:\n  1 order of s0: v0 is held by `;
  await second.printed(both);
  await second.printed(`(pid ${first.pid}, `);
  const reports = (): number => second.output().split('nothing has started for').length - 1;
  const told = reports();
  while (reports() === told) await new Promise((resolve) => setTimeout(resolve, 20));
  run.release(0);
  (await gate.arrival()).release(0);
  (await gate.arrival()).release(0);
  expect((await first.finished).exit).toBe(0);
  expect((await second.finished).exit).toBe(0);
});

test('it names runs of its own session, places and resources; without the option nothing is said', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  rig.lab('plans: [./own.yaml]\ntentacles: {}\n');
  const spec = (name: string, more: string): string =>
    `  ${name}: { label: ${name.toUpperCase()}, help: held, timeout: 1m, ${more}, command: ${JSON.stringify(gate.command(name))}, results: exit-code }\n`;
  rig.write(
    'own.yaml',
    `plan: own\nspecs:\n${spec('a', 'uses: { bus: exclusive }')}${spec('b', 'uses: { bus: shared }')}${spec('c', 'isolated: true')}`,
  );
  const silent = rig.start(['run', '--only', 'a', '--only', 'b', '--results', 'silent']);
  const quiet = await gate.arrival();
  const running = rig.start(['run', '--stall-report=100ms']);
  const first = await gate.arrival();
  await running.printed('1 order of b: resource bus is taken by A\n');
  await running.printed('1 order of c: it wants the bench alone, and A runs on it\n');
  quiet.release(0);
  first.release(0);
  for (let i = 0; i < 3; i++) (await gate.arrival()).release(0);
  expect((await running.finished).exit).toBe(0);
  const { exit, stderr } = await silent.finished;
  expect([exit, stderr.includes('nothing has started')]).toEqual([0, false]);
});

test('a time that is none is told', async () => {
  await using rig = new Rig();
  rig.lab('plans: [smoke]\ntentacles: {}\n');
  const { exit, stderr } = await rig.run(['run', '--stall-report=soon']);
  expect([exit, stderr]).toEqual([
    2,
    'testbed: --stall-report is a time, not "soon".\n  For example: --stall-report=2m\n',
  ]);
});
