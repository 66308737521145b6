import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { TestbedEvent } from '../../src/event/event.ts';
import { hooksLine, ownLab, spec } from '../support/own-lab.ts';
import { heldLab } from '../support/held-lab.ts';
import { Rig, processesOf, until, type Running } from '../support/rig.ts';
import { nothingStays } from './support.ts';

/** A lab with these hooks, and of host-only specs, by name. */
function hookLab(rig: Rig, hooks: Readonly<Record<string, unknown>>, specs: Record<string, string[]>): void {
  ownLab(rig, {
    specs: Object.entries(specs)
      .map(([name, command]) => spec(name, command))
      .join(''),
    more: hooksLine(hooks),
  });
}

const shell = (script: string): string[] => ['sh', '-c', script];

function lines(rig: Rig, name: string): string[] {
  return existsSync(path.join(rig.directory, name)) ? rig.read(name).split('\n').slice(0, -1) : [];
}

function warnings(rig: Rig): string[] {
  return rig.events().flatMap((event) => (event.type === 'warning' ? [event.message] : []));
}

/** The first process of this rig whose command line holds the words. */
function pidOf(rig: Rig, words: string): Promise<number> {
  return until(rig.directory, () => processesOf(rig.directory).find((pid) => commandOf(pid).includes(words)));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

test('a hook gets its records as they stand in the log, the last one too, and knows session and secrets', async () => {
  await using rig = new Rig();
  hookLab(
    rig,
    {
      all: {
        on: ['session-started', 'run-finished', 'session-finished'],
        command: ['tee', '-a', '${session.id}.all'],
      },
      failed: {
        on: ['run-finished', 'session-finished'],
        when: { verdict: ['fail'], exit: [3] },
        command: shell('cat >>failed; echo "$SECRET ${session.dir}" >>env'),
        env: { SECRET: '${secret.TOKEN}' },
        cwd: './below',
      },
      passed: { on: ['session-finished'], when: { exit: [0] }, command: ['touch', 'passed'] },
    },
    { good: ['true'], bad: shell('echo xyzzy; exit 1') },
  );
  rig.write('below/.keep', '');
  const { exit } = await rig.run(['run', '--jobs', '1'], { env: { TOKEN: 'xyzzy' } });
  expect(exit).toBe(1);
  const log = readFileSync(path.join(rig.session, 'events.jsonl'), 'utf8').split('\n');
  const logged = (fits: (event: TestbedEvent) => boolean): string[] =>
    log.filter((line) => line !== '' && fits(JSON.parse(line) as TestbedEvent));
  const started = rig.events()[0];
  expect(lines(rig, `${started?.session ?? ''}.all`)).toEqual(
    logged(({ type }) => ['session-started', 'run-finished', 'session-finished'].includes(type)),
  );
  expect(lines(rig, 'below/failed')).toEqual(
    logged((event) => event.type === 'run-finished' && event.verdict === 'fail'),
  );
  expect(lines(rig, 'below/failed').join()).not.toContain('xyzzy');
  expect(lines(rig, 'below/env')).toEqual([`xyzzy ${rig.session.replace('latest', started?.session ?? '')}`]);
  expect(existsSync(path.join(rig.directory, 'passed'))).toBe(false);
  expect(warnings(rig)).toEqual([]);
  const told = rig.read('below/failed');
  expect((await rig.run(['replay', '-q'])).exit).toBe(1);
  expect(rig.read('below/failed')).toBe(told);
  await nothingStays(rig);
});

test('one that is not there, and one that fails, are told once, and given up after three in a row', async () => {
  await using held = await heldLab(5);
  const { rig, gate } = held;
  const hooks = {
    missing: { on: ['session-started'], command: ['./missing'] },
    fails: {
      on: ['run-finished'],
      command: shell('cat >>told; echo tried >>tries; echo "the password is $TOKEN" >&2; exit 7'),
      env: { TOKEN: '${secret.TOKEN}' },
    },
    unset: { on: ['run-finished'], command: ['touch', '${env.NOT_SET}'] },
  };
  rig.lab(`plans: [./held.yaml]\ntentacles: {}\n${hooksLine(hooks)}`);
  const running = rig.start(['run', '--jobs', '1'], { env: { TOKEN: 'xyzzy' } });
  for (let tries = 1; tries <= 5; tries++) {
    (await gate.arrival()).release(0);
    await until(rig.directory, () => lines(rig, 'tries').length >= Math.min(tries, 3) || undefined);
  }
  const { exit, stderr } = await running.finished;
  expect(exit).toBe(0);
  expect(lines(rig, 'tries')).toHaveLength(3);
  const failed = 'it ended with exit code 7; its last line: the password is ***';
  expect(warnings(rig).toSorted()).toEqual([
    `The hook "fails" failed 3 times in a row and is not started any more in this session: ${failed}`,
    `The hook "fails" failed: ${failed}`,
    expect.stringMatching(
      /^The hook "missing" failed: Could not start "\.\/missing" \(ENOENT\): there is no .*\/missing/,
    ),
    'The hook "unset" is not run: it uses ${env.NOT_SET}, which is not set.',
  ]);
  expect(stderr).toContain('testbed: The hook "fails" was not told of 2 of its records');
});

test('a success in between begins the count anew', async () => {
  await using held = await heldLab(5);
  const { rig, gate } = held;
  // Fails each time but the third.
  const hook = { on: ['run-finished'], command: shell('echo x >>tries; test $(wc -l <tries) = 3') };
  rig.lab(`plans: [./held.yaml]\ntentacles: {}\n${hooksLine({ hook })}`);
  const running = rig.start(['run', '--jobs', '1']);
  for (let tries = 1; tries <= 5; tries++) {
    (await gate.arrival()).release(0);
    await until(rig.directory, () => lines(rig, 'tries').length >= tries || undefined);
  }
  await running.finished;
  expect(warnings(rig)).toEqual(['The hook "hook" failed: it ended with exit code 1, and printed nothing.']);
});

test('one that hangs and hears no TERM is ended at its limit; the session is over long before', async () => {
  await using rig = new Rig();
  const command = shell("trap '' TERM; echo deaf; while :; do sleep 1; done");
  hookLab(rig, { deaf: { on: ['session-started'], command, timeout: '2s' } }, { good: ['true'] });
  const { exit, stderr } = await rig.run(['run']);
  expect(exit).toBe(0);
  const end = rig.events().at(-1);
  expect(end?.type === 'session-finished' && end.durationMs).toBeLessThan(2000);
  expect(stderr).toContain(
    'testbed: the session is over; waiting for its hooks "deaf" (Ctrl-C: not any longer)',
  );
  expect(stderr).toContain(
    'The hook "deaf" failed: it took longer than its timeout of 2s; its last line: deaf',
  );
  await nothingStays(rig);
});

test('one that prints 100 MB and leaves a child behind is no trouble', async () => {
  await using rig = new Rig();
  const command = shell(
    'head -c 100000000 /dev/zero; head -c 1000000 /dev/zero >&2; setsid sleep 1000 & echo >done',
  );
  hookLab(rig, { loud: { on: ['session-started'], command } }, { good: ['true'] });
  const { exit, stderr } = await rig.run(['run']);
  expect([exit, warnings(rig), lines(rig, 'done')]).toEqual([0, [], ['']]);
  expect(stderr).not.toContain('hook "');
  await nothingStays(rig);
});

test('10,000 records: all are told, in few processes; one that reads nothing costs the session nothing, and what is left out is counted', async () => {
  await using rig = new Rig();
  const hooks = {
    quick: { on: ['test-finished'], command: shell('echo >>starts; cat >>quick') },
    // It lets go only when the session is over.
    stuck: {
      on: ['test-finished'],
      command: shell(
        'cat >>stuck; until grep -q session-finished results/latest/events.jsonl; do sleep 0.1; done',
      ),
    },
  };
  hookLab(rig, hooks, {});
  const name = 'a name that is long enough to fill what may wait';
  const points = `i=0; while [ $i -lt 10000 ]; do i=$((i+1)); echo "ok $i - $i ${name}"; done; echo 1..10000`;
  rig.write(
    'own.yaml',
    `plan: own\nspecs:\n  many: ${JSON.stringify({ label: 'MANY', help: 'many', timeout: '1m', command: shell(points), results: 'tap' })}\n`,
  );
  const { exit, stderr } = await rig.run(['run', '-q']);
  expect(exit).toBe(0);
  const logged = rig.events().filter(({ type }) => type === 'test-finished');
  expect(logged).toHaveLength(10_000);
  const told = lines(rig, 'quick').map((line) => JSON.parse(line) as TestbedEvent);
  const without = (hook: string): number =>
    Number(new RegExp(`The hook "${hook}" was not told of (\\d+) of`).exec(stderr)?.[1] ?? 0);
  expect(told.length + without('quick')).toBe(10_000);
  expect(lines(rig, 'starts').length).toBeLessThan(1000);
  expect(without('stuck')).toBeGreaterThan(0);
  expect(lines(rig, 'stuck').length + without('stuck')).toBe(10_000);
  expect(warnings(rig).filter((message) => message.includes('"stuck" does not keep up'))).toHaveLength(1);
});

/** A session that is over, and whose hook is not. */
async function waiting(rig: Rig): Promise<Running> {
  hookLab(
    rig,
    { slow: { on: ['session-finished'], command: ['sleep', '1000'], timeout: '20m' } },
    { good: ['true'] },
  );
  const running = rig.start(['run']);
  await running.printed('waiting for its hooks "slow"');
  return running;
}

test('Ctrl-C ends the waiting for hooks at the end, and the exit is that of the session', async () => {
  await using rig = new Rig();
  const running = await waiting(rig);
  running.child.kill('SIGINT');
  expect((await running.finished).exit).toBe(0);
  await nothingStays(rig);
});

test('kill -9 of the session, or of the process that starts the hooks: nothing of them stays', async () => {
  await using rig = new Rig();
  const running = await waiting(rig);
  running.child.kill('SIGKILL');
  await running.finished;
  await nothingStays(rig);
  const again = await waiting(rig);
  process.kill(await pidOf(rig, 'hook/main'), 'SIGKILL');
  const { exit, stderr } = await again.finished;
  expect(exit).toBe(0);
  expect(stderr).toContain(
    'The process that starts the hooks has ended (SIGKILL): no hook is told any more.',
  );
  await nothingStays(rig);
});

test('both killed together: the next start ends what the hook left', async () => {
  await using rig = new Rig();
  const running = await waiting(rig);
  const [host, hook] = [await pidOf(rig, 'hook/main'), await pidOf(rig, 'sleep\x001000')];
  // Stopped first, so that neither sees the other's end.
  process.kill(host, 'SIGSTOP');
  running.child.kill('SIGKILL');
  process.kill(host, 'SIGKILL');
  await running.finished;
  expect(processesOf(rig.directory)).toContain(hook);
  hookLab(rig, {}, { good: ['true'] });
  expect((await rig.run(['run'])).exit).toBe(0);
  await nothingStays(rig);
});

test('a process of the hooks that hangs is waited for as long as hooks may take, and not by the session', async () => {
  await using held = await heldLab(1);
  const { rig, gate } = held;
  const hook = { on: ['run-finished'], command: ['true'], timeout: '100ms' };
  rig.lab(`plans: [./held.yaml]\ntentacles: {}\n${hooksLine({ hook })}`);
  const running = rig.start(['run']);
  const last = await gate.arrival();
  process.kill(await pidOf(rig, 'hook/main'), 'SIGSTOP');
  last.release(0);
  await rig.event(({ type }) => type === 'session-finished');
  const { exit, stderr } = await running.finished;
  expect(exit).toBe(0);
  expect(stderr).toContain('The process that starts the hooks has ended (SIGKILL)');
  await nothingStays(rig);
});

test('a session that is resumed tells its hooks what comes, under hooks that may have changed', async () => {
  await using held = await heldLab(2);
  const { rig, gate } = held;
  const lab = (name: string): void => {
    const hook = {
      on: ['session-started', 'session-resumed', 'run-finished', 'session-finished'],
      command: ['tee', '-a', name],
    };
    rig.lab(`plans: [./held.yaml]\ntentacles: {}\n${hooksLine({ hook })}`);
  };
  lab('first');
  const running = rig.start(['run', '--jobs', '1']);
  (await gate.arrival()).release(0);
  await gate.arrival();
  running.child.kill('SIGINT');
  await running.finished;
  lab('second');
  const resumed = rig.start(['run', '--resume']);
  (await gate.arrival()).release(0);
  expect((await resumed.finished).exit).toBe(0);
  const typesIn = (name: string): string[] =>
    lines(rig, name).map((line) => (JSON.parse(line) as TestbedEvent).type);
  expect(typesIn('first').slice(0, 2)).toEqual(['session-started', 'run-finished']);
  expect(typesIn('second')).toEqual(['session-resumed', 'run-finished', 'session-finished']);
});
