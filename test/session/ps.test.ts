import { expect, test } from 'vitest';
import { heldLab } from '../support/held-lab.ts';
import type { Rig } from '../support/rig.ts';

interface Ps {
  readonly sessions: readonly Record<string, unknown>[];
  readonly tentacles: readonly Record<string, unknown>[];
}

async function ps(rig: Rig, ...more: string[]): Promise<Ps> {
  const { stdout, exit } = await rig.run(['ps', '--format', 'json', ...more]);
  expect(exit).toBe(0);
  return JSON.parse(stdout) as Ps;
}

test('what runs where in which phase, who holds what, and who waits for what', async () => {
  await using held = await heldLab(2, 'board');
  const { rig, gate } = held;
  expect(await ps(rig)).toEqual({ runners: [], sessions: [], tentacles: [] });
  const first = rig.start(['run', '--only', 's0', '--results', 'first']);
  const run = await gate.arrival();
  const second = rig.start(['run', '--only', 's1']);
  await second.printed(String(first.pid));

  const own = await ps(rig);
  expect(own.sessions).toMatchObject([
    {
      pid: second.pid,
      certain: true,
      command: 'testbed run --only s1',
      lab: 'rig',
      counters: { P: 0, F: 0, A: 0, R: 0, T: 1 },
      runs: [],
      waiting: [
        { spec: 's1', orders: 1, reasons: [expect.stringMatching(`^v0 is held by .*pid ${first.pid}, `)] },
      ],
    },
  ]);
  expect(own.tentacles).toMatchObject([{ tentacle: 'v0', pid: first.pid, liveness: 'alive' }]);
  expect((await rig.run(['ps'])).stderr).toBe(
    'testbed: a session with results elsewhere: testbed ps --all\n',
  );

  const all = await ps(rig, '--all');
  expect(all.sessions.map(({ pid }) => pid)).toEqual([first.pid, second.pid]);
  expect(all.sessions[0]).toMatchObject({
    runs: [{ run: 'S0[v0-VIRTUAL]', spec: 's0', attempt: 1, tentacles: ['v0'], phase: 'test', test: null }],
    waiting: [],
  });
  const { stdout } = await rig.run(['ps', '--all']);
  expect(stdout).toMatch(/^ {2}S0\[v0-VIRTUAL\] {2}v0 +test \S+ s +\S+ s$/m);
  expect(stdout).toContain(`  waiting: 1 order of s1: v0 is held by `);

  run.release(0);
  (await gate.arrival()).release(0);
  expect([(await first.finished).exit, (await second.finished).exit]).toEqual([0, 0]);
  const over = await rig.run(['ps', '--all']);
  expect(over).toMatchObject({ stdout: '', exit: 0 });
  expect(over.stderr).toContain('no session of');
});

test('orders that wait behind runs of their own session; what is killed is not shown; a faulty lab file is no hindrance', async () => {
  await using held = await heldLab(3);
  const { rig, gate } = held;
  const running = rig.start(['run', '--jobs', '1']);
  (await gate.arrival()).release(0);
  await gate.arrival();
  const reasons = ['--jobs 1 are taken by S1'];
  expect((await ps(rig)).sessions).toMatchObject([
    { counters: { P: 1, R: 1, T: 1 }, waiting: [{ spec: 's2', orders: 1, reasons }] },
  ]);
  rig.write('testbed.yaml', 'tentacels: {}\n');
  const faulty = await rig.run(['ps']);
  expect(faulty.stdout).toContain('  waiting: 1 order of s2: --jobs 1 are taken by S1\n');
  expect(faulty.stderr).toContain('"testbed check" tells them');
  running.child.kill('SIGKILL');
  await running.finished;
  expect((await ps(rig)).sessions).toEqual([]);
});

test('a lab file with faults still says where the state directory is; one that can not be read leaves the default, and that is told', async () => {
  await using held = await heldLab(1, 'board');
  const { rig, gate } = held;
  const env = { XDG_STATE_HOME: `${rig.directory}/xdg` };
  const running = rig.start(['run', '--results', 'elsewhere']);
  const run = await gate.arrival();
  const told = async (lab: string) => {
    rig.write('testbed.yaml', lab);
    const { stdout, stderr, exit } = await rig.run(['ps', '--all', '--format', 'json'], { env });
    expect(exit).toBe(0);
    const { sessions, tentacles } = JSON.parse(stdout) as Ps;
    return { pids: [...sessions, ...tentacles].map(({ pid }) => pid), stderr };
  };
  const there = [running.pid, running.pid];
  const faulty = await told('lab: rig\nstate: ./state\ntentacels: {}\n');
  expect(faulty.pids).toEqual(there);
  expect(faulty.stderr).toBe(
    'testbed: the lab file has faults ("testbed check" tells them); its tentacles are not known here.\n',
  );
  for (const lab of ['state: ./state\nlab: [', 'state: ${env.NOT_SET}\n', 'lab: rig\nstate: [a]\n']) {
    const lost = await told(lab);
    expect(lost.pids).toEqual([]);
    expect(lost.stderr).toContain(
      `not known here, and its "state:" can not be read, so this is what ${rig.directory}/xdg/testbed knows.\n`,
    );
  }
  run.release(0);
  await running.finished;
});
