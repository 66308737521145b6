// What `testbed plan` says of a tentacle that another process holds.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nothingStays } from '../session/support.ts';
import { heldLab } from '../support/held-lab.ts';
import type { Rig } from '../support/rig.ts';

/** What a command prints; it must end well. A process's number and the time that it holds something are left out. */
async function said(rig: Rig, ...args: string[]): Promise<string> {
  const { exit, stdout, stderr } = await rig.run(['plan', ...args]);
  expect([exit, stderr], args.join(' ')).toEqual([0, '']);
  return stdout
    .replaceAll(/held by [^(]* \(pid/g, 'held by SOMEBODY (pid')
    .replaceAll(/for\s+\d+\s+s\b/g, 'for N s');
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

test('who holds a tentacle is told, and the plan is made as if it were free', async () => {
  await using held = await heldLab(1, 'board');
  const { rig, gate } = held;
  const free = await said(rig);
  expect(free).not.toContain('eld by');
  const running = rig.start(['run']);
  const run = await gate.arrival();
  const who = `is held by SOMEBODY (pid ${running.pid}, "testbed run") for N s`;
  const plan = await said(rig);
  expect(oneLine(plan)).toContain(
    ` Held by others now, and planned as if free v0 ${who}. rig: 1 order of 1 spec.`,
  );
  expect(plan.split('\n').every((line) => line.length <= 80)).toBe(true);
  // But for that, the plan is the same.
  expect(plan.replace(/\nHeld by others[^]*?\n\n/, '\n')).toBe(free);
  expect(oneLine(await said(rig, '--simulate'))).toContain(
    `Held by others now, and planned as if free v0 ${who}.`,
  );
  expect(oneLine(await said(rig, '--explain', 's0'))).toContain(
    `✓ v0: can serve, once it is let go: it ${who}`,
  );
  for (const view of [[], ['--simulate']]) {
    const { held: told } = JSON.parse(await said(rig, ...view, '--format', 'json')) as {
      readonly held: unknown;
    };
    expect(told, view.join()).toEqual([{ tentacle: 'v0', reason: who }]);
  }
  run.release(0);
  expect((await running.finished).exit).toBe(0);
  expect(await said(rig)).toBe(free);
});

test('a tentacle that the plan does not want, and a lease of somebody who is dead, are not told', async () => {
  await using held = await heldLab(1, 'board');
  const { rig, gate } = held;
  rig.write(
    'more.yaml',
    'plan: more\nspecs:\n  host: { label: HOST, help: Host only., timeout: 1m, command: ["true"], results: exit-code }\n',
  );
  rig.lab(
    rig.read('testbed.yaml').split('\n').slice(2).join('\n').replace('held.yaml', 'held.yaml, ./more.yaml'),
  );
  const running = rig.start(['run']);
  await gate.arrival();
  expect(await said(rig)).toContain('Held by others');
  expect(await said(rig, '--only', 'host')).not.toContain('eld by');
  const lease = readdirSync(path.join(rig.state, 'leases')).find((name) => name.endsWith('.json')) ?? '';
  const record = rig.read(`state/leases/${lease}`);
  process.kill(running.pid, 'SIGKILL');
  await running.finished;
  await nothingStays(rig);
  // As a power cut leaves it: nobody was left to free it.
  rig.write(`state/leases/${lease}`, record);
  expect(await said(rig)).not.toContain('eld by');
});
