import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { heldLab } from '../support/held-lab.ts';
import { DEAF, ownLab, spec } from '../support/own-lab.ts';
import { processesOf, Rig, root, until } from '../support/rig.ts';
import { nothingStays } from './support.ts';

const deafLab = (rig: Rig): void => ownLab(rig, { specs: spec('deaf', DEAF, 'timeout: 5m, grace: 5m') });

describe('testbed run --detach', () => {
  test('says its name and is gone; the session goes on without a terminal, and can be attached to', async () => {
    await using held = await heldLab(2);
    const { rig, gate } = held;
    const { exit, stdout, stderr } = await rig.run(['run', '--detach', '--jobs', '1']);
    expect(exit).toBe(0);
    const [started] = rig.events();
    if (started?.type !== 'session-started') throw new Error('expected a session');
    const id = started.session;
    expect(stdout).toBe(`${id}\n`);
    expect(stderr).toBe(
      `testbed: it runs in the background (pid ${started.process.pid}).\n` +
        `  watch it    testbed attach ${id}\n  stop it     testbed stop ${id}\n  its screen  results/${id}/screen.txt\n`,
    );
    expect(started.command).toEqual(['testbed', 'run', '--detach', '--jobs', '1']);
    // A session of its own: no terminal's hang-up reaches it.
    const stat = readFileSync(`/proc/${started.process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    expect([stat?.[2], stat?.[3]]).toEqual([`${started.process.pid}`, `${started.process.pid}`]);
    const run = await gate.arrival();
    expect(readFileSync(`/proc/${run.pid}/environ`, 'utf8')).not.toContain('TESTBED_SCREEN_FILE');
    const attached = rig.start(['attach', id]);
    run.release(1);
    (await gate.arrival()).release(0);
    expect((await attached.finished).exit).toBe(1);
    await nothingStays(rig);
    expect(rig.read('results/latest/screen.txt')).toContain('2 planned = 1 pass + 1 fail');
    expect(readdirSync(path.join(rig.directory, 'results')).toSorted()).toEqual([id, 'latest']);
  });

  test('where results are elsewhere, the commands to go on with say so', async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    const { stdout, stderr } = await rig.run(['run', '--detach', '--results', 'other place']);
    expect(stderr).toContain(`testbed attach --results 'other place' ${stdout}`);
    (await gate.arrival()).release(0);
    await nothingStays(rig);
  });

  test('what keeps it from beginning is told here, with its exit code, and nothing is left', async () => {
    await using rig = new Rig();
    rig.lab('plans: [./own.yaml]\ntentacels: {}\n');
    const faulty = await rig.run(['run', '--detach']);
    expect(faulty.exit).toBe(2);
    expect(faulty.stdout).toBe('');
    expect(faulty.stderr).toContain('tentacels');
    expect(faulty.stderr).toBe((await rig.run(['run'])).stderr);
    expect(existsSync(path.join(rig.directory, 'results'))).toBe(false);
    deafLab(rig);
    const unknown = await rig.run(['run', '--detach', '--only', 'daef']);
    expect([unknown.exit, unknown.stdout]).toEqual([2, '']);
    expect(unknown.stderr).toContain('deaf');
    const lost = await rig.run(['run', '--detach', '--format', 'jsonl']);
    expect(lost.exit).toBe(2);
    expect(lost.stderr).toContain('--renderer jsonl=FILE');
    expect(existsSync(path.join(rig.directory, 'results'))).toBe(false);
  });

  test('that no process can be started for it is told, and nothing is left', async () => {
    await using rig = new Rig();
    ownLab(rig, { specs: spec('quick', ['true']) });
    const gone = `--import "data:text/javascript,process.execPath='/no/such/node'"`;
    for (const command of [['run', '--detach'], ['start']]) {
      const lost = await rig.run(command, { env: { NODE_OPTIONS: gone } });
      expect(lost).toMatchObject({ exit: 2, stdout: '' });
      expect(lost.stderr).toBe(
        'testbed: no process could be started in the background: spawn /no/such/node ENOENT.\n',
      );
    }
    expect(existsSync(path.join(rig.directory, 'results'))).toBe(false);
    // With fewer and fewer of them, this is what it lacks first.
    let scarce = await rig.run(['run', '--detach']);
    for (let most = 28; scarce.exit === 0 && most > 20; most--) {
      await rig.run(['stop', '--now', scarce.stdout.trim()]);
      const through = ['sh', '-c', `ulimit -n ${most}; exec "$@"`, 'sh'];
      scarce = await rig.run(['run', '--detach'], { through });
    }
    expect(scarce.stderr).toBe(
      'testbed: no process could be started in the background: there are too many open files. Raise "ulimit -n".\n',
    );
    await nothingStays(rig);
    const left = readdirSync(path.join(rig.directory, 'results'));
    expect(left.filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('warnings of the plan are told where it was started; a resumed session gets another screen', async () => {
    await using held = await heldLab(2);
    const { rig, gate } = held;
    rig.write(
      'held.yaml',
      `${rig.read('held.yaml')}  no: { label: NO, help: for nobody, timeout: 1m, roles: { dut: { feature: wings } }, command: ["true"], results: exit-code }\n`,
    );
    const { stderr } = await rig.run(['run', '--detach', '--jobs', '1']);
    const own = await rig.run(['run', '--dry-run']);
    const warning = own.stderr.split('\n')[0] ?? '';
    expect(warning).toContain('wings');
    expect(stderr).toContain(warning);
    (await gate.arrival()).release(0);
    await gate.arrival();
    expect((await rig.run(['stop'])).exit).toBe(0);
    const resumed = await rig.run(['run', '--resume', '--detach']);
    expect(resumed.exit).toBe(0);
    expect(resumed.stderr).toContain('screen-2.txt');
    (await gate.arrival()).release(0);
    expect((await rig.run(['attach'])).exit).toBe(0);
    await nothingStays(rig);
  });
});

describe('testbed stop', () => {
  test('ends a session as its terminal would, and says how it ended', async () => {
    await using held = await heldLab(2);
    const { rig, gate } = held;
    const running = rig.start(['run', '--jobs', '1']);
    await gate.arrival();
    const { exit, stderr } = await rig.run(['stop']);
    const { session } = rig.events()[0]!;
    expect(exit).toBe(0);
    expect(stderr).toContain(`session ${session} was told to stop;`);
    expect(stderr).toMatch(
      new RegExp(`session ${session} ended: interrupted after .*, exit 143; 2 orders not run`),
    );
    expect(stderr).toContain(`testbed run --resume ${session}`);
    expect((await running.finished).exit).toBe(143);
    const again = await rig.run(['stop', session ?? '']);
    expect(again.exit).toBe(0);
    expect(again.stderr).toContain('is over already: interrupted');
    await nothingStays(rig);
  });

  test('--now waits for no grace', async () => {
    await using rig = new Rig();
    deafLab(rig);
    await rig.run(['run', '--detach']);
    await until(rig.directory, () => existsSync(path.join(rig.session, 'runs/DEAF/output.txt')) || undefined);
    await until(
      rig.directory,
      () => rig.read('results/latest/runs/DEAF/output.txt').includes('deaf') || undefined,
    );
    const patient = rig.start(['stop']);
    await patient.printed('was told to stop;');
    patient.child.kill('SIGINT');
    const { exit, stderr } = await patient.finished;
    expect(exit).toBe(130);
    expect(stderr).toContain('no longer waiting');
    expect((await rig.run(['stop', '--now'])).exit).toBe(0);
    expect(rig.events().at(-1)).toMatchObject({ type: 'session-finished', exit: 143 });
    expect(processesOf(rig.directory)).toEqual([]);
  });

  test('a fresh session: --now alone does it, too', async () => {
    await using rig = new Rig();
    deafLab(rig);
    await rig.run(['run', '--detach']);
    await until(rig.directory, () => rig.read('results/latest/screen.txt').includes('DEAF') || undefined);
    expect((await rig.run(['stop', '--now'])).exit).toBe(0);
    expect(rig.read('results/latest/screen.txt')).toContain('SIGTERM again: stopping at once');
    await nothingStays(rig);
  });

  test.skipIf(process.getuid?.() !== 0)("another user's may be seen, but not stopped", async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    chmodSync(rig.directory, 0o755);
    await rig.run(['run', '--detach']);
    const run = await gate.arrival();
    const [started] = rig.events();
    const nobody = { uid: 65534, gid: 65534 };
    const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'bin/testbed'), 'stop'], {
      ...nobody,
      cwd: rig.directory,
      encoding: 'utf8',
    });
    const pid = started?.type === 'session-started' ? started.process.pid : -1;
    expect(stderr).toBe(
      `testbed: session ${started?.session} is ${os.userInfo().username}'s (pid ${pid}), and you may not stop it.\n  Ask for it, or as root: kill ${pid}\n`,
    );
    expect(status).toBe(2);
    run.release(0);
    await nothingStays(rig);
    expect(rig.events().at(-1)).toMatchObject({ ending: 'complete' });
  });

  test('one whose process is gone, or runs elsewhere, is told apart and left alone', async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    const running = rig.start(['run']);
    await gate.arrival();
    running.child.kill('SIGKILL');
    await running.finished;
    const dead = await rig.run(['stop']);
    expect(dead.exit).toBe(4);
    expect(dead.stderr).toContain('the session was cut off');
    const log = rig.read('results/latest/events.jsonl');
    const another = log.replace(/"bootId":"[^"]*","host":"[^"]*"/, '"bootId":"another","host":"elsewhere"');
    rig.write('results/latest/events.jsonl', another);
    const elsewhere = await rig.run(['stop']);
    expect(elsewhere.exit).toBe(2);
    expect(elsewhere.stderr).toContain(
      `runs on elsewhere (pid ${running.pid}), and only there it can be stopped`,
    );
    await nothingStays(rig);
  });
});
