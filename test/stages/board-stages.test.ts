// Tentacle stages on virtual boards, through the real binary: prepared once, kept, redone, given up.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { TestbedEvent } from '../../src/event/event.ts';
import { virtualRequest } from '../../src/tentacle/virtual-client.ts';
import type { VirtualHostFile } from '../../src/tentacle/virtual-protocol.ts';
import { Gate, type Held } from '../support/gate.ts';
import { Rig, root, until, type Running } from '../support/rig.ts';
import { bench, endingsOf, pidOf, ready, spec, stage, stagesOf } from './bench.ts';

const ONE_ROLE = 'roles: { dut: { feature: mcu } }';
/** One order for each board, whatever its firmware. */
const ONCE = `${ONE_ROLE}, cover: once`;
const V0 = '{ v0: { board: VIRTUAL } }';
/** Talks to the board as a test of its own. */
const EXEC = `import os,sys,tty
port=os.open(sys.argv[1],os.O_RDWR|os.O_NOCTTY)
tty.setraw(port)
said=b""
def until(end):
    global said
    while end not in said: said+=os.read(port,1000)
    said=b""if end==b"\\r\\n>"else said
os.write(port,b"\\r\\x03\\x03\\x01")
until(b"\\r\\n>")
os.write(port,sys.argv[2].encode()+b"\\x04")
until(b"\\x04")
os.write(port,b"\\x02")
print(said)
sys.exit(b"yes" not in said)`;

function exec(code: string): string[] {
  return ['python3', '-c', EXEC, '${dut.port}', code];
}

/** Passes if these of the marks `one` and `two` are in the board's memory. */
function has(...names: string[]): string[] {
  const found = "[n for n in ('one','two') if n in sys.modules]";
  return exec(`import sys; print('yes' if ${found} == ${JSON.stringify(names)} else 'no')`);
}

/** `A power kept`, `A setup done`: what each phase of each run came to; runs by their labels. */
function phasesOf(events: readonly TestbedEvent[], phases: readonly string[]): string[] {
  return events
    .filter((event) => event.type === 'phase-finished')
    .filter(({ phase }) => phases.includes(phase))
    .map(({ run, phase, ending }) => `${run.replace(/\[[^\]]*\]/, '')} ${phase} ${ending}`);
}

function leasesOf(rig: Rig): string[] {
  const directory = path.join(rig.state, 'leases');
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.json')) : [];
}

test('the shipped example passes: prepared once for each firmware, and for each board', async () => {
  await using rig = new Rig();
  rig.lab(`plans: [${root}/plans/examples/stages.yaml]\ntentacles: ${V0}\n`);
  expect((await rig.run(['run', '--count', '2'])).exit).toBe(0);
  const events = rig.events();
  expect(stagesOf(events).filter((line) => line.startsWith('greeter'))).toEqual([
    'greeter@v0 started',
    'greeter@v0 ready',
    'greeter@v0 stopped asked-for',
    'greeter@v0 respawned',
    'greeter@v0 ready',
    'greeter@v0 stopped idle',
  ]);
  expect(rig.read('results/latest/stages/greeter/v0/output.txt')).toBe(
    '[testbed: put: /lib/greeter.py]\nhello bench\n'.repeat(2).replaceAll('bench\n', 'bench\r\n'),
  );
  expect(leasesOf(rig)).toEqual([]);
});

test('a stage is kept over runs with lease and power, in the memory of the board, and redone after a reflash', async () => {
  await using rig = new Rig();
  bench(rig, {
    tentacles: V0,
    stages: '  set: { steps: [{ exec: \'import sys; sys.modules["mark"] = 1\' }] }\n',
    specs: spec(
      'a',
      exec("import sys; print('yes' if 'mark' in sys.modules else 'no')"),
      `${ONE_ROLE}, stage: set`,
    ),
  });
  const end = await rig.run(['run', '--count', '2']);
  expect(end.exit, end.stderr).toBe(0);
  const events = rig.events();
  const kept = ['power', 'flash', 'verify', 'setup'].map((phase) => `A#2 ${phase} kept`);
  const done = ['power', 'flash', 'verify', 'setup'].map((phase) => `A ${phase} done`);
  // Both firmwares of the board, each prepared once.
  expect(phasesOf(events, ['power', 'flash', 'verify', 'setup'])).toEqual([
    ...done,
    ...kept,
    ...done,
    ...kept,
  ]);
  const held = events.filter(({ type }) => type === 'tentacle-leased' || type === 'tentacle-released');
  expect(held.map(({ type }) => type)).toEqual(['tentacle-leased', 'tentacle-released']);
});

test('a stage goes on from the one that it comes after, and a run of something else has a board that began anew', async () => {
  await using rig = new Rig();
  bench(rig, {
    tentacles: V0,
    stages:
      '  two: { after: [one], steps: [{ exec: \'import sys; sys.modules["two"] = 1\' }] }\n' +
      '  one: { steps: [{ exec: \'import sys; sys.modules["one"] = 1\' }] }\n',
    specs:
      spec('a', has('one'), `${ONCE}, stage: one, priority: 4`) +
      spec('b', has('one', 'two'), `${ONCE}, stage: two, priority: 3`) +
      // Less than what is there is enough.
      spec('c', has('one', 'two'), `${ONCE}, stage: one, priority: 2`) +
      spec('d', has(), `${ONCE}, priority: 1`) +
      spec('e', has('one', 'two'), `${ONCE}, stage: two`),
  });
  const end = await rig.run(['run']);
  expect(end.exit, end.stderr).toBe(0);
  const events = rig.events();
  expect(stagesOf(events)).toEqual([
    'one@v0 started',
    'one@v0 ready',
    'two@v0 started',
    'two@v0 ready',
    'two@v0 stopped asked-for',
    'one@v0 stopped asked-for',
    'one@v0 respawned',
    'one@v0 ready',
    'two@v0 respawned',
    'two@v0 ready',
    'two@v0 stopped idle',
    'one@v0 stopped idle',
  ]);
  expect(phasesOf(events, ['setup'])).toEqual([
    'A setup done',
    'B setup done',
    'C setup kept',
    'E setup done',
  ]);
});

test.each([
  [
    'the run resets its board',
    // Nobody waits for an answer: there is none.
    [
      'sh',
      '-c',
      `printf '\\r\\003\\003\\001' >$1; sleep 0.3; printf 'import machine; machine.reset()\\004' >$1; sleep 1`,
      'sh',
      '${dut.port}',
    ],
  ],
  ['the run is cut off', ['sleep', '60']],
])('%s: the stage is prepared again', async (_, command) => {
  await using rig = new Rig();
  bench(rig, {
    tentacles: V0,
    stages: '  set: { steps: [{ exec: pass }] }\n',
    specs:
      spec('a', command, `${ONCE}, stage: set, priority: 1`).replace('timeout: 1m', 'timeout: 3s') +
      spec('b', ['true'], `${ONCE}, stage: set`),
  });
  await rig.run(['run']);
  const events = rig.events();
  expect(stagesOf(events)).toEqual([
    'set@v0 started',
    'set@v0 ready',
    'set@v0 stopped died',
    'set@v0 respawned',
    'set@v0 ready',
    'set@v0 stopped idle',
  ]);
  expect(endingsOf(events).at(-1)).toBe('B[v0-VIRTUAL] pass');
});

test('a stage that fails thrice in a row on a tentacle fails its own orders there, and others go on', async () => {
  await using rig = new Rig();
  bench(rig, {
    tentacles: V0,
    stages:
      '  broken: { steps: [{ exec: \'print("so far")\' }, { exec: \'raise OSError("no network")\' }] }\n',
    specs: spec('a', ['true'], `${ONCE}, stage: broken, retries: 0, priority: 1`) + spec('b', ['true'], ONCE),
  });
  expect((await rig.run(['run', '--count', '2'])).exit).toBe(3);
  const events = rig.events();
  expect(endingsOf(events).filter((line) => line.startsWith('A'))).toEqual([
    'A[v0-VIRTUAL] stage-failed …',
    'A[v0-VIRTUAL]~2 stage-failed …',
    'A[v0-VIRTUAL]~3 stage-failed …',
    'A[any] stage-failed',
    'A[any]#2 stage-failed',
  ]);
  expect(endingsOf(events).filter((line) => line.startsWith('B'))).toHaveLength(2);
  expect(events.find((event) => event.type === 'order-unschedulable')).toMatchObject({
    reason:
      'The stage "broken" is given up on tentacle v0: exec: OSError: no network. Its output: stages/broken/v0/output.txt',
    evidence: 'OSError: no network',
  });
  expect(events.find((event) => event.type === 'run-finished')).toMatchObject({
    cause: 'stage-failed',
    blame: 'lab',
    reason: 'The stage "broken" did not get ready on tentacle v0: exec: OSError: no network.',
  });
  expect(leasesOf(rig)).toEqual([]);
});

test('where a stage fails on one tentacle, its twin serves all', async () => {
  await using rig = new Rig();
  bench(rig, {
    tentacles: '{ v0: { board: VIRTUAL, faults: [{ kind: full-filesystem }] }, v1: { board: VIRTUAL } }',
    stages: '  put: { steps: [{ put: [a.txt] }] }\n',
    specs: spec('a', ['true'], `${ONCE}, stage: put`),
  });
  rig.write('a.txt', 'x'.repeat(2000));
  expect((await rig.run(['run', '--count', '4'])).exit).toBe(0);
  const passed = endingsOf(rig.events()).filter((line) => line.endsWith('pass'));
  expect(passed).toHaveLength(4);
  expect(passed.filter((line) => !line.includes('[v1-'))).toEqual([]);
});

test('every step does what it says, and tells it in the output of the stage', async () => {
  await using rig = new Rig();
  rig.write('files/one.txt', '1');
  rig.write('files/two.txt', '2');
  rig.write('list.py', "import os\nprint(sorted(os.listdir('/deep/down')))\n");
  bench(rig, {
    tentacles: V0,
    stages: `  all:
    env: { WHO: '\${tentacle.id}' }
    steps:
      - { put: [files/*.txt], to: /deep/down }
      - { flash: always }
      - { exec: list.py }
      - { exec: 'import sys; sys.modules["gone"] = 1' }
      - { power: cycle }
      - { exec: 'import sys; print("gone" in sys.modules)' }
      - { command: [sh, -c, 'test -e "\${tentacle.port}" && echo on $WHO'] }
`,
    specs: spec('a', ['true'], `${ONCE}, stage: all`),
  });
  const end = await rig.run(['run']);
  expect(end.exit, end.stderr).toBe(0);
  expect(rig.read('results/latest/stages/all/v0/output.txt').replaceAll('\r', '').split('\n')).toEqual([
    '[testbed: put: /deep/down/one.txt]',
    '[testbed: put: /deep/down/two.txt]',
    '[testbed: flash: done]',
    "['one.txt', 'two.txt']",
    '[testbed: power: done]',
    'False',
    'on v0',
    '',
  ]);
});

test.each([
  ['a file that is not there', '{ put: [nothing/*] }', 'put: no file matches nothing/* in DIR.'],
  [
    'a command that fails',
    "{ command: [sh, -c, 'echo no luck; exit 3'] }",
    'command: sh ended with exit code 3.',
  ],
  [
    'a step that takes too long',
    "{ exec: 'while 1: pass' }",
    'It was not ready within 2 s; step 1 of 1 (exec) was going on.',
  ],
])('%s is told', async (_, step, reason) => {
  await using rig = new Rig();
  bench(rig, {
    tentacles: V0,
    stages: `  wrong: { steps: [${step}], limit: 2s }\n`,
    specs: spec('a', ['true'], `${ONCE}, stage: wrong`),
  });
  expect((await rig.run(['run'])).exit).toBe(3);
  const stopped = rig.events().find((event) => event.type === 'stage-stopped');
  expect(stopped).toMatchObject({ why: 'not-ready', reason: reason.replace('DIR', rig.directory) });
});

test('a tentacle stage after a host stage: it has its values, and goes down with it', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, {
    tentacles: V0,
    stages:
      stage('ap', 'echo ready as home; exec sleep 600', "ready: { line: 'as (?<ssid>.*)' }") +
      "  joined: { after: [ap], steps: [{ command: [test, '${stage.ap.ssid}', '=', home] }] }\n",
    specs: spec('a', gate.command('a'), `${ONCE}, stage: joined`),
  });
  const running = rig.start(['run', '--count', '2']);
  (await gate.arrival()).release(0);
  const second = await gate.arrival();
  process.kill(pidOf(await ready(rig, 'ap')), 'SIGKILL');
  expect(second.name).toBe('a');
  (await gate.arrival()).release(0);
  expect((await running.finished).exit).toBe(0);
  const events = rig.events();
  expect(endingsOf(events)).toEqual([
    'A[v0-VIRTUAL] pass',
    'A[v0-VIRTUAL]#2 stage-died …',
    'A[v0-VIRTUAL]#2~2 pass',
  ]);
  expect(stagesOf(events)).toEqual([
    'ap started',
    'ap ready',
    'joined@v0 started',
    'joined@v0 ready',
    'ap stopped died',
    'joined@v0 stopped died',
    'ap respawned',
    'ap ready',
    'joined@v0 respawned',
    'joined@v0 ready',
    'joined@v0 stopped idle',
    'ap stopped idle',
  ]);
});

test('a host stage that is reloaded takes the boards that come after it down, before it goes', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  rig.write('conf', 'home');
  bench(rig, {
    tentacles: V0,
    stages:
      stage(
        'ap',
        'echo ready as $(cat conf); exec sleep 600',
        "ready: { line: 'as (?<ssid>.*)' }, reload: [conf]",
      ) + "  joined: { after: [ap], steps: [{ command: [sh, -c, 'echo ${stage.ap.ssid} >> joined'] }] }\n",
    specs: spec('a', gate.command('a'), `${ONCE}, stage: joined`),
  });
  const running = rig.start(['run', '--count', '2']);
  const first = await gate.arrival();
  rig.write('conf', 'work');
  await rig.event((event) => event.type === 'stage-changed');
  first.release(0);
  (await gate.arrival()).release(0);
  expect((await running.finished).exit).toBe(0);
  expect(rig.read('joined')).toBe('home\nwork\n');
  expect(stagesOf(rig.events())).toEqual([
    'ap started',
    'ap ready',
    'joined@v0 started',
    'joined@v0 ready',
    'ap changed',
    'joined@v0 stopped parent',
    'ap stopped reload',
    'ap respawned',
    'ap ready',
    'joined@v0 respawned',
    'joined@v0 ready',
    'joined@v0 stopped idle',
    'ap stopped idle',
  ]);
});

/** A session that holds `v0` for the second of two runs, which waits for what the command of the gate uses. */
async function holding(rig: Rig, gate: Gate): Promise<{ readonly running: Running; readonly held: Held }> {
  bench(rig, {
    tentacles: V0,
    stages: '  set: { steps: [{ exec: pass }] }\n',
    specs:
      spec('a', ['true'], `${ONCE}, stage: set, priority: 1`) +
      spec('b', ['true'], `${ONCE}, stage: set, uses: { bell: exclusive }`) +
      spec('c', gate.command('c'), 'uses: { bell: exclusive }, priority: 2'),
  });
  const running = rig.start(['run']);
  const held = await gate.arrival();
  await rig.event((event) => event.type === 'run-finished');
  expect(leasesOf(rig)).toHaveLength(1);
  return { running, held };
}

test('a board that began anew while it was held is prepared again', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const { running, held } = await holding(rig, gate);
  const { socket } = JSON.parse(rig.read('state/virtual/rig/v0/host.json')) as VirtualHostFile;
  await virtualRequest(socket, { op: 'reset', tentacle: 'v0' }, { limitMs: 10_000 });
  held.release(0);
  expect((await running.finished).exit).toBe(0);
  expect(stagesOf(rig.events())).toEqual([
    'set@v0 started',
    'set@v0 ready',
    'set@v0 stopped died',
    'set@v0 respawned',
    'set@v0 ready',
    'set@v0 stopped idle',
  ]);
});

test('Ctrl-C while a stage is prepared: what was begun is told stopped', async () => {
  await using rig = new Rig();
  bench(rig, {
    tentacles: V0,
    stages: "  set: { steps: [{ exec: 'import time; time.sleep(60)' }] }\n",
    specs: spec('a', ['true'], `${ONE_ROLE}, stage: set`),
  });
  const running = rig.start(['run']);
  await until(rig.directory, () =>
    existsSync(path.join(rig.session, 'stages/set/v0/output.txt')) ? true : undefined,
  );
  process.kill(running.pid, 'SIGINT');
  expect((await running.finished).exit).toBe(130);
  expect(stagesOf(rig.events())).toEqual(['set@v0 started', 'set@v0 stopped end']);
  expect(leasesOf(rig)).toEqual([]);
});

test('main killed while a board is held: the next session has it', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const { running } = await holding(rig, gate);
  process.kill(running.pid, 'SIGKILL');
  await running.finished;
  const again = rig.start(['run']);
  (await gate.arrival()).release(0);
  expect((await again.finished).exit).toBe(0);
  expect(leasesOf(rig)).toEqual([]);
});
