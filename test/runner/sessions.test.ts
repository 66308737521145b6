// Sessions that are handed to a resident runner, through the real binary.
import { chmodSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { heldLab } from '../support/held-lab.ts';
import { Rig, until } from '../support/rig.ts';
import { bench, spec } from '../stages/bench.ts';
import { typesOf } from '../session/support.ts';
import { leasesOf, nothingLeft, processOf, RunnerRig } from './bench.ts';

const sh = (script: string): string[] => ['sh', '-c', script];

describe('a session that is handed over', () => {
  test('is carried out by the runner, ends as it would alone, and shows and writes the same', async () => {
    await using rig = new Rig();
    bench(rig, {
      specs:
        spec('good', ['true']) +
        spec('bad', sh('echo no; exit 1')) +
        spec('ill', ['/not/there']) +
        spec('unset', sh('true'), 'env: { X: "${env.NOT_SET_ANYWHERE}" }'),
    });
    const alone = await rig.run(['run', '--only', 'good', '--only', 'bad', '--format', 'jsonl']);
    expect(processOf(rig.events())).not.toBe(undefined);
    const before = typesOf(rig.events()).toSorted();
    await using runner = await RunnerRig.start(rig);
    const asked = ['--only', 'good', '--only', 'bad', '--format', 'jsonl', '--renderer', 'junit=own.xml'];
    const handed = await rig.run(['run', ...asked]);
    expect([alone.exit, handed.exit]).toEqual([1, 1]);
    expect(processOf(rig.events())).toBe(runner.pid);
    expect(typesOf(rig.events()).toSorted()).toEqual(before);
    expect(handed.stdout).toBe(rig.read('results/latest/events.jsonl'));
    expect(rig.read('own.xml')).toContain('<failure');
    expect(rig.read('results/latest/report.md')).toContain('BAD');
    expect(rig.read('results/latest/junit.xml')).toContain('<failure');
    const ending = /2 planned = 1 pass \+ 1 fail.*/;
    expect(ending.exec(handed.stderr)?.[0]).toBe(ending.exec(alone.stderr)?.[0]);
    expect((await rig.run(['run', '--only', 'good'])).exit).toBe(0);
    expect((await rig.run(['run', '--only', 'ill'])).exit).toBe(3);
    expect((await rig.run(['run', '--only', 'good', '--no-runner'])).exit).toBe(0);
    expect(processOf(rig.events())).not.toBe(runner.pid);
  });

  test('a fault of the lab or of the command line is told here, exit 2, and nothing is run; the runner goes on', async () => {
    await using rig = new Rig();
    bench(rig, { specs: spec('good', ['true']) });
    await using runner = await RunnerRig.start(rig);
    const unknown = await rig.run(['run', '--only', 'goood']);
    expect([unknown.exit, unknown.stderr]).toEqual([2, expect.stringContaining('Did you mean "good"?')]);
    const plan = rig.read('own.yaml');
    rig.write('own.yaml', plan.replace('timeout: 1m', 'timeout: soon'));
    const alone = await rig.run(['run', '--no-runner']);
    const handed = await rig.run(['run']);
    expect(handed).toEqual(alone);
    expect(handed.exit).toBe(2);
    rig.write('own.yaml', plan);
    expect(existsSync(path.join(rig.directory, 'results'))).toBe(false);
    expect((await rig.run(['run'])).exit).toBe(0);
    expect(processOf(rig.events())).toBe(runner.pid);
  });

  test('environment, secrets and working directory are those of who asks, not of the runner', async () => {
    await using rig = new Rig();
    const script = 'echo own=$OWN tmpl=$TMPL secret=$SECRET runner=$ONLY_RUNNER cookie=$TESTBED_COOKIE';
    bench(rig, {
      specs: spec('env', sh(script), 'env: { TMPL: "${env.OWN}", SECRET: "${secret.KEY}" }'),
    });
    await using runner = await RunnerRig.start(rig, [], { env: { OWN: 'theirs', ONLY_RUNNER: 'yes' } });
    for (const own of ['one', 'two']) {
      const env = { OWN: own, KEY: `hidden-${own}` };
      const { exit, stderr } = await rig.run(['run', '-k', '--results', `in-${own}`], { env });
      expect(exit, stderr).toBe(0);
      const output = rig.read(`in-${own}/latest/runs/ENV/output.txt`);
      expect(output).toContain(`own=${own} tmpl=${own} secret=`);
      expect(output).toContain('runner= cookie=');
      expect(output).not.toContain('hidden');
    }
    expect((await runner.status())?.workers).toBe(1);
  });

  test('two at once: the second waits its turn and is told whose; its Ctrl-C leaves nothing behind', async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    await using runner = await RunnerRig.start(rig);
    const first = rig.start(['run']);
    const run = await gate.arrival();
    const second = rig.start(['run']);
    const third = rig.start(['run']);
    await second.printed(`busy with the session of pid ${first.pid} (testbed run)`);
    await third.printed('waits its turn');
    const { waiting, serving } = await runner.becomes((status) => status.waiting.length === 2);
    expect([serving?.pid, new Set(waiting.map(({ pid }) => pid))]).toEqual([
      first.pid,
      new Set([second.pid, third.pid]),
    ]);
    third.child.kill('SIGINT');
    expect((await third.finished).exit).toBe(130);
    run.release(0);
    expect((await first.finished).exit).toBe(0);
    (await gate.arrival()).release(1);
    expect((await second.finished).exit).toBe(1);
    expect(readdirSync(path.join(rig.directory, 'results')).filter((name) => name !== 'latest')).toHaveLength(
      2,
    );
  });

  test('Ctrl-C while the runner still prepares it, be it a checkout that takes long: nothing is made', async () => {
    await using rig = new Rig();
    rig.lab('plans: [./own.yaml]\ntentacles: {}\nsources: { code: ./code }\n');
    rig.write('own.yaml', `plan: own\nspecs:\n${spec('a', ['true'], "cwd: '${source.code}'")}`);
    rig.write('code/file', '');
    const git = rig.write(
      'bin/git',
      '#!/bin/sh\necho > asked\nwhile [ ! -e go ]; do sleep 0.05; done\nexit 1\n',
    );
    chmodSync(git, 0o755);
    await using runner = await RunnerRig.start(rig);
    const env = { PATH: `${path.dirname(git)}:${process.env['PATH']}` };
    const running = rig.start(['run'], { env });
    await until(rig.directory, () => existsSync(path.join(rig.directory, 'asked')) || undefined);
    running.child.kill('SIGINT');
    expect((await running.finished).exit).toBe(130);
    rig.write('go', '');
    await runner.becomes(({ serving }) => serving === null);
    expect(existsSync(path.join(rig.directory, 'results'))).toBe(false);
    expect((await rig.run(['run'])).exit).toBe(0);
  });

  test('Ctrl-C once: what runs may end, exit 130, and it can be gone on with; the runner stays', async () => {
    await using held = await heldLab(2);
    const { rig, gate } = held;
    await using runner = await RunnerRig.start(rig);
    const running = rig.start(['run', '--jobs', '1']);
    await gate.arrival();
    running.child.kill('SIGINT');
    const { exit, stderr } = await running.finished;
    expect(exit).toBe(130);
    expect(stderr).toContain('to go on: testbed run --resume');
    expect(rig.events().at(-1)).toMatchObject({ ending: 'interrupted', exit: 130 });
    const resumed = rig.start(['run', '--resume', '--jobs', '1']);
    (await gate.arrival()).release(0);
    (await gate.arrival()).release(0);
    expect((await resumed.finished).exit).toBe(0);
    expect(processOf(rig.events())).toBe(runner.pid);
    expect((await resumed.finished).stderr).toContain('2 planned = 2 pass');
  });

  test('Ctrl-C twice: a test that hears no TERM is killed, whatever its grace', async () => {
    await using rig = new Rig();
    bench(rig, { specs: spec('deaf', sh("trap '' TERM INT; echo deaf; sleep 60 & wait; wait")) });
    rig.write('own.yaml', rig.read('own.yaml').replace('grace: 1s', 'grace: 5m'));
    await using runner = await RunnerRig.start(rig);
    const running = rig.start(['run', '--renderer', 'verbose']);
    await running.printed('begins');
    running.child.kill('SIGINT');
    await running.printed('once more to stop at once');
    running.child.kill('SIGINT');
    expect((await running.finished).exit).toBe(130);
    expect((await runner.status())?.serving).toBe(null);
  });

  test('who asked is killed: the session ends as by a hang-up, and the next one is served', async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    await using runner = await RunnerRig.start(rig);
    const running = rig.start(['run']);
    await gate.arrival();
    running.child.kill('SIGKILL');
    await rig.event(({ type }) => type === 'session-finished');
    expect(rig.events().at(-1)).toMatchObject({ ending: 'interrupted', exit: 129 });
    const next = rig.start(['run']);
    (await gate.arrival()).release(0);
    expect((await next.finished).exit).toBe(0);
    expect(processOf(rig.events())).toBe(runner.pid);
  });

  test('--detach: who started it may go, the session goes on in the runner', async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    await using runner = await RunnerRig.start(rig);
    const { exit, stdout, stderr } = await rig.run(['run', '--detach']);
    expect([exit, stderr]).toEqual([0, expect.stringContaining('it runs in the background')]);
    expect(processOf(rig.events())).toBe(runner.pid);
    const attached = rig.start(['attach', stdout.trim()]);
    (await gate.arrival()).release(1);
    expect((await attached.finished).exit).toBe(1);
    await until(
      rig.directory,
      () => rig.read('results/latest/screen.txt').includes('1 planned = 0 pass + 1 fail') || undefined,
    );
  });

  test('a bail-out ends one session, and not the runner', async () => {
    await using rig = new Rig();
    bench(rig, {
      specs: spec('bail', sh('echo "Bail out! enough"')).replace('exit-code', 'tap') + spec('good', ['true']),
    });
    await using runner = await RunnerRig.start(rig);
    const { exit } = await rig.run(['run', '--jobs', '1']);
    expect(exit).toBe(3);
    expect(rig.events().filter(({ type }) => type === 'bail-out')).toHaveLength(1);
    expect((await rig.run(['run', '--only', 'good'])).exit).toBe(0);
    expect(processOf(rig.events())).toBe(runner.pid);
  });
});

describe('testbed start, status, stop', () => {
  test('a second start says that it is there; status tells; stop ends it, and nothing is left', async () => {
    await using rig = new Rig();
    bench(rig, { specs: spec('good', ['true']) });
    expect(await rig.run(['status'])).toMatchObject({
      exit: 3,
      stderr: 'testbed: this lab has no runner; "testbed start" starts one.\n',
    });
    await using runner = await RunnerRig.start(rig, ['--idle', 'never']);
    const again = await rig.run(['start']);
    expect([again.exit, again.stderr]).toEqual([
      0,
      expect.stringContaining(`is there already (pid ${runner.pid})`),
    ]);
    expect(await runner.status()).toMatchObject({
      pid: runner.pid,
      endsAt: null,
      serving: null,
      waiting: [],
    });
    const { exit, stderr } = await rig.run(['stop']);
    expect([exit, stderr]).toEqual([
      0,
      `testbed: the runner (pid ${runner.pid}) was told to end.\ntestbed: the runner ended.\n`,
    ]);
    await nothingLeft(rig);
    expect(leasesOf(rig)).toEqual([]);
    expect((await rig.run(['status'])).exit).toBe(3);
  });

  test('in a directory whose path is too long for a socket it is found all the same', async () => {
    await using rig = new Rig();
    bench(rig, { specs: spec('good', ['true']) });
    const env = { XDG_STATE_HOME: path.join(rig.state, 'long-'.repeat(30)) };
    await using runner = await RunnerRig.start(rig, [], { env });
    expect((await rig.run(['run'], { env })).exit).toBe(0);
    expect(processOf(rig.events())).toBe(runner.pid);
    expect((await rig.run(['stop'], { env })).stderr).toContain('the runner ended');
  });

  test('a lab with a fault: start says it, exit 2, and there is no runner', async () => {
    await using rig = new Rig();
    bench(rig, { specs: spec('good', ['true']).replace('timeout', 'timout') });
    const { exit, stderr } = await rig.run(['start']);
    expect(exit).toBe(2);
    expect(stderr).toContain('timout');
    expect((await rig.run(['status'])).exit).toBe(3);
  });

  test('it ends by itself when nobody comes for so long', async () => {
    await using rig = new Rig();
    bench(rig, { specs: spec('good', ['true']) });
    await using runner = await RunnerRig.start(rig, ['--idle', '300ms']);
    await until(rig.directory, () => !existsSync(`/proc/${runner.pid}`) || undefined, 5000);
    expect((await rig.run(['status'])).exit).toBe(3);
  });

  test('stop ends the session with the runner, and who waits does without; stop SESSION ends that one alone', async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    await using runner = await RunnerRig.start(rig);
    const one = rig.start(['run']);
    await gate.arrival();
    const { serving } = await runner.becomes((status) => status.serving?.session !== null);
    const stopped = await rig.run(['stop', serving?.session ?? '']);
    expect([stopped.exit, (await one.finished).exit]).toEqual([0, 143]);
    expect((await runner.status())?.pid).toBe(runner.pid);
    const two = rig.start(['run']);
    await gate.arrival();
    const three = rig.start(['run']);
    await three.printed('waits its turn');
    expect((await rig.run(['stop'])).exit).toBe(0);
    expect((await two.finished).exit).toBe(143);
    await three.printed('was stopped before it began the session, which is carried out here');
    (await gate.arrival()).release(0);
    expect((await three.finished).exit).toBe(0);
    expect(processOf(rig.events())).toBe(three.pid);
    expect(
      readFileSync(
        path.join(
          rig.state,
          'testbed/runners',
          readdirSync(path.join(rig.state, 'testbed/runners')).find((name) => name !== 'leases') ?? '',
          'runner.log',
        ),
        'utf8',
      ),
    ).toContain('the runner ends');
  });
});
