import {
  appendFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  truncateSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Gate } from '../support/gate.ts';
import { Rig, processesOf, until, type Running } from '../support/rig.ts';
import { runsOf } from './support.ts';

/** A lab whose specs, in the order of their names, wait at a gate. */
async function gated(names: readonly string[], more = ''): Promise<{ rig: Rig; gate: Gate }> {
  const rig = new Rig();
  const gate = await Gate.open();
  rig.lab('plans: [./own.yaml]\ntentacles: {}\n');
  const specs = names.map(
    (name) =>
      `  ${name}: { label: ${name.toUpperCase()}, help: held, timeout: 1m, command: ${JSON.stringify(gate.command(name))}, results: exit-code${more} }\n`,
  );
  rig.write('own.yaml', `plan: own\nspecs:\n${specs.join('')}`);
  return { rig, gate };
}

const logOf = (rig: Rig): string => path.join(rig.session, 'events.jsonl');

/** Lets the next runs pass; their names. Fewer, when the command ends before. */
async function pass(gate: Gate, runs: number, running?: Running): Promise<string[]> {
  const names: string[] = [];
  const ended = running?.finished.then(({ stderr }) => void names.push(stderr));
  for (let i = 0; i < runs; i++) {
    const held = await Promise.race([gate.arrival(), ...(ended === undefined ? [] : [ended])]);
    if (held === undefined) break;
    names.push(held.name);
    held.release(0);
  }
  return names;
}

/** A session of three runs, killed while the second runs. */
async function killed(): Promise<{ rig: Rig; gate: Gate }> {
  const { rig, gate } = await gated(['a', 'b', 'c']);
  const running = rig.start(['run', '--jobs', '1', '--keep']);
  await pass(gate, 1);
  await gate.arrival();
  running.child.kill('SIGKILL');
  await running.finished;
  await until(rig.directory, () => (processesOf(rig.directory).length === 0 ? true : undefined), 5000);
  return { rig, gate };
}

test('killed, and its host was renamed since: it goes on all the same', async () => {
  const { rig, gate } = await killed();
  await using _rig = rig;
  await using _gate = gate;
  const before = readFileSync(logOf(rig), 'utf8').replace(/"host":"[^"]*"/, '"host":"before"');
  writeFileSync(logOf(rig), before);
  const resumed = rig.start(['run', '--resume']);
  expect(await pass(gate, 2, resumed)).toEqual(['b', 'c']);
  expect((await resumed.finished).exit).toBe(0);
});

test('killed: it goes on in its own directory, with what had not passed, and its verdict is that of the whole plan', async () => {
  const { rig, gate } = await killed();
  await using _rig = rig;
  await using _gate = gate;
  const whole = readFileSync(logOf(rig), 'utf8');
  // As if the kill had come in the middle of a write.
  appendFileSync(logOf(rig), '{"type":"run-fin');
  const resumed = rig.start(['run', '--resume']);
  expect(await pass(gate, 2, resumed)).toEqual(['b', 'c']);
  const { exit, stderr } = await resumed.finished;
  expect(stderr).toContain('3 planned = 3 pass');
  expect(stderr).toContain('events.torn');
  expect(exit).toBe(0);
  expect(readdirSync(path.join(rig.directory, 'results'))).toHaveLength(2);
  expect(readFileSync(path.join(rig.session, 'events.torn'), 'utf8')).toBe('{"type":"run-fin\n');
  expect(readFileSync(logOf(rig), 'utf8').startsWith(whole)).toBe(true);
  const events = rig.events();
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
  expect(runsOf(events)).toEqual(['A pass', 'B pass', 'C pass']);
  expect(events.filter(({ type }) => type === 'session-resumed')).toHaveLength(1);
  for (const label of ['A', 'B', 'C'])
    expect(rig.read('results/latest/junit.xml')).toContain(`name="${label}"`);
  // Every reader agrees, and there is nothing left to do.
  expect((await rig.run(['replay'])).exit).toBe(0);
  const again = await rig.run(['run', '--resume']);
  expect(again.stderr).toContain('nothing left to do');
  expect(again.exit).toBe(0);
});

test('Ctrl-C, then on: what was stopped is no attempt; only options that say how may be given again', async () => {
  const { rig, gate } = await gated(['a', 'b']);
  await using _rig = rig;
  await using _gate = gate;
  const running = rig.start(['run', '--jobs', '1']);
  await gate.arrival();
  running.child.kill('SIGINT');
  expect((await running.finished).exit).toBe(130);
  const refused = await rig.run(['run', '--resume', '--only', 'a']);
  expect(refused.exit).toBe(2);
  expect(refused.stderr).toContain('leave out --only');
  const resumed = rig.start(['run', '--resume', '--jobs', '2']);
  expect((await pass(gate, 2, resumed)).toSorted()).toEqual(['a', 'b']);
  expect((await resumed.finished).exit).toBe(0);
  expect(runsOf(rig.events()).filter((run) => run.endsWith('pass'))).toEqual(['A pass', 'B pass']);
  expect(rig.events().some(({ run }) => run?.includes('~2'))).toBe(false);
});

test('attempts that erred before the kill count: the next one is the second, and the last', async () => {
  const { rig, gate } = await gated(['a']);
  await using _rig = rig;
  await using _gate = gate;
  const running = rig.start(['run']);
  const first = await gate.arrival();
  const worker = Number(readFileSync(`/proc/${first.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
  process.kill(worker, 'SIGKILL');
  await gate.arrival();
  running.child.kill('SIGKILL');
  await running.finished;
  const resumed = rig.start(['run', '--resume']);
  await pass(gate, 1);
  const { exit, stderr } = await resumed.finished;
  expect(exit).toBe(0);
  expect(stderr).toContain('flaky');
  expect(rig.events().filter(({ type }) => type === 'run-finished')).toMatchObject([
    { run: 'A', verdict: 'error', cause: 'worker-died' },
    { run: 'A~2', verdict: 'pass' },
  ]);
});

test('a plan that has changed since is told, place by place, and nothing is run', async () => {
  const { rig, gate } = await killed();
  await using _rig = rig;
  await using _gate = gate;
  const before = readFileSync(logOf(rig), 'utf8');
  rig.write(
    'own.yaml',
    rig.read('own.yaml').replace('label: C, help: held, timeout: 1m', 'label: C, help: held, timeout: 2m'),
  );
  const { exit, stderr } = await rig.run(['run', '--resume']);
  expect(exit).toBe(2);
  expect(stderr).toContain('specs.c.timeoutMs: 60000, now 120000');
  expect(stderr).toContain('--rerun missed');
  expect(readFileSync(logOf(rig), 'utf8')).toBe(before);
});

test('a session that still runs, or is being resumed, is left alone', async () => {
  const { rig, gate } = await killed();
  await using _rig = rig;
  await using _gate = gate;
  const first = rig.start(['run', '--resume']);
  const held = await gate.arrival();
  const second = await rig.run(['run', '--resume']);
  expect(second.exit).toBe(2);
  expect(second.stderr).toContain(`pid ${first.pid}`);
  held.release(0);
  await pass(gate, 1);
  expect((await first.finished).exit).toBe(0);
  expect(readdirSync(path.join(rig.state, 'leases'))).toEqual([]);
});

test('a log that is cut at any record goes on, and comes to the same end', async () => {
  await using rig = new Rig();
  rig.lab('plans: [./own.yaml]\ntentacles: {}\n');
  rig.write(
    'own.yaml',
    'plan: own\nspecs:\n  a: { label: A, help: passes, timeout: 1m, command: ["true"], results: exit-code }\n  b: { label: B, help: fails, timeout: 1m, command: ["false"], results: exit-code }\n',
  );
  expect((await rig.run(['run', '--jobs', '1'])).exit).toBe(1);
  const whole = readFileSync(logOf(rig));
  const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1);
  for (const end of ends.slice(0, -1).filter((_, index) => index % 3 === 0)) {
    rig.write('results/latest/events.jsonl', whole.toString());
    truncateSync(logOf(rig), end + 7);
    expect((await rig.run(['run', '--resume', '-q'])).exit).toBe(1);
    expect(rig.events().at(-1)).toMatchObject({ counters: { P: 1, F: 1, A: 0, R: 0, T: 0 } });
  }
  expect(statSync(logOf(rig)).size).toBeGreaterThan(0);
});

test('--rerun: failed, missed and flaky orders of a session, in a new one', async () => {
  const { rig, gate } = await gated(['a', 'b', 'c'], ', retries: 1');
  await using _rig = rig;
  await using _gate = gate;
  const running = rig.start(['run', '--jobs', '1', '--count', '2', '--only', 'a', '--only', 'b']);
  const verdicts: Record<string, number> = { a: 1, b: 0 };
  for (let i = 0; i < 3; i++) {
    const held = await gate.arrival();
    held.release(verdicts[held.name] ?? 0);
  }
  await gate.arrival();
  running.child.kill('SIGINT');
  expect((await running.finished).exit).toBe(130);
  const original = path.basename(rig.events()[0]?.session ?? '');
  const failed = rig.start(['run', '--rerun', 'failed', original]);
  expect(await pass(gate, 2, failed)).toEqual(['a', 'a']);
  expect((await failed.finished).exit).toBe(0);
  expect(runsOf(rig.events())).toEqual(['A pass', 'A#2 pass']);
  const missed = rig.start(['run', '--rerun', 'missed', original]);
  expect(await pass(gate, 1, missed)).toEqual(['b']);
  expect((await missed.finished).exit).toBe(0);
  expect(runsOf(rig.events())).toEqual(['B#2 pass']);
  const none = await rig.run(['run', '--rerun', 'flaky', original]);
  expect(none.stderr).toContain('no flaky orders');
  expect(none.exit).toBe(0);
  // A session of a choice is one that can be resumed, too.
  expect((await rig.run(['run', '--resume'])).stderr).toContain('nothing left');
  expect(existsSync(path.join(rig.directory, 'results', original))).toBe(true);
});
