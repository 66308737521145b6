// Host stages, through the real binary: how they get ready, die, come again and go.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Gate } from '../support/gate.ts';
import { Rig, parentOf, until } from '../support/rig.ts';
import { bench, endingsOf, lives, pidOf, ready, spec, stage, stagesOf } from './bench.ts';

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const LISTEN = `import socket,sys,time\ns=socket.create_server(("127.0.0.1",int(sys.argv[1])))\ntime.sleep(600)`;

test('a stage is ready by a line, a port, a file or a command, and hands its values to runs', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const listen = JSON.stringify(['python3', '-c', LISTEN, '${env.RIG_PORT}']);
  bench(rig, {
    stages:
      stage(
        'line',
        'echo nothing yet; echo ready on 4711 as bob >&2; exec sleep 600',
        "ready: { line: 'on (?<port>\\d+) as (?<user>\\w+)' }",
      ) +
      `  port: { command: ${listen}, ready: { port: '\${env.RIG_PORT}' } }\n` +
      stage(
        'file',
        'sleep 0.3; echo up > ${stage.file.dir}/up; exec sleep 600',
        "ready: { file: '${stage.file.dir}/up' }",
      ) +
      stage('probed', 'sleep 0.3; touch probed; exec sleep 600', 'ready: { command: [test, -e, probed] }'),
    specs:
      spec(
        'a',
        ['sh', '-c', 'echo ${stage.line.port} ${stage.line.user}; kill -0 ${stage.line.pid}'],
        'stage: line',
      ) +
      spec('b', ['sh', '-c', 'echo ${stage.port.port}'], 'stage: port') +
      spec('c', ['cat', '${stage.file.dir}/up'], 'stage: file') +
      spec('d', ['test', '-e', 'probed'], 'stage: probed'),
  });
  const { exit } = await rig.run(['run'], { env: { RIG_PORT: String(port) } });
  expect(exit, rig.read('results/latest/events.jsonl')).toBe(0);
  const said = (run: string) => rig.read(`results/latest/runs/${run}/output.txt`);
  expect([said('A'), said('B'), said('C')]).toEqual(['4711 bob\n', `${port}\n`, 'up\n']);
  expect(rig.read('results/latest/stages/line/output.txt')).toBe('nothing yet\nready on 4711 as bob\n');
  expect(stagesOf(rig.events()).toSorted()).toEqual(
    ['file', 'line', 'port', 'probed'].flatMap((name) => [
      `${name} ready`,
      `${name} started`,
      `${name} stopped idle`,
    ]),
  );
});

test('what was there before is not taken for ready', async () => {
  await using rig = new Rig();
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  rig.write('up', 'stale');
  bench(rig, {
    stages:
      stage('taken', 'exec sleep 600', `ready: { port: ${port} }, restart: never`) +
      stage('stale', 'exec sleep 600', 'ready: { file: up }, limit: 300ms, restart: never'),
    specs: spec('a', ['true'], 'stage: taken') + spec('b', ['true'], 'stage: stale'),
  });
  const { exit } = await rig.run(['run']);
  server.close();
  expect(exit).toBe(3);
  const stopped = rig.events().filter((event) => event.type === 'stage-stopped');
  expect(stopped.map(({ stage: name, why, reason }) => `${name} ${why}: ${reason}`).toSorted()).toEqual([
    `stale given-up: It was not ready within 300 ms: there was no new ${rig.directory}/up.`,
    `taken given-up: Somebody else listens on its port ${port} already.`,
  ]);
});

test('a stage that is never ready fails its own orders, with its output as evidence', async () => {
  await using rig = new Rig();
  bench(rig, {
    stages:
      stage('mute', 'echo no luck today; exec sleep 600', "ready: { line: '^ready' }, limit: 300ms") +
      stage('brief', 'echo out of sockets >&2; exit 7'),
    specs: spec('a', ['true'], 'stage: mute') + spec('b', ['true'], 'stage: brief') + spec('c', ['true']),
  });
  expect((await rig.run(['run', '--count', '2'])).exit).toBe(3);
  const events = rig.events();
  expect(endingsOf(events).toSorted()).toEqual([
    'A stage-failed',
    'A#2 stage-failed',
    'B stage-failed',
    'B#2 stage-failed',
    'C pass',
    'C#2 pass',
  ]);
  expect(stagesOf(events).filter((line) => line.startsWith('brief'))).toEqual([
    'brief started',
    'brief stopped not-ready',
    'brief respawned',
    'brief stopped not-ready',
    'brief respawned',
    'brief stopped given-up',
  ]);
  expect(events.find((event) => event.type === 'order-unschedulable' && event.order === 'B')).toMatchObject({
    reason:
      'The stage "brief" is given up: It ended with exit code 7 ("out of sockets"). Its output: stages/brief/output.txt',
    evidence: 'out of sockets',
  });
  expect(events.find((event) => event.type === 'order-unschedulable' && event.order === 'A')).toMatchObject({
    reason:
      'The stage "mute" is given up: It was not ready within 300 ms: no line of its output matched /^ready/ ("no luck today"). Its output: stages/mute/output.txt',
    evidence: 'no luck today',
  });
});

test('a stage killed with a run on it: an error of the lab, and its successor serves the order', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, {
    stages: stage('www', 'echo ready; exec sleep 600'),
    specs: spec('a', gate.command('a'), 'stage: www, retries: 0'),
  });
  const running = rig.start(['run']);
  await gate.arrival();
  process.kill(pidOf(await ready(rig, 'www')), 'SIGKILL');
  (await gate.arrival()).release(0);
  expect((await running.finished).exit).toBe(0);
  const events = rig.events();
  expect(endingsOf(events)).toEqual(['A stage-died …', 'A~2 pass']);
  expect(events.find((event) => event.type === 'run-finished')).toMatchObject({
    verdict: 'error',
    blame: 'lab',
    reason: 'The stage "www" died in the middle of the run: It was ended by SIGKILL.',
  });
  expect(stagesOf(events)).toEqual([
    'www started',
    'www ready',
    'www stopped died',
    'www respawned',
    'www ready',
    'www stopped idle',
  ]);
});

test('a test that fails because its stage is gone is not to blame, even if it ends sooner than we hear', async () => {
  await using rig = new Rig();
  bench(rig, {
    stages: stage('www', 'echo ready; exec sleep 600'),
    specs:
      spec(
        'a',
        ['sh', '-c', 'test -e seen && exit 0; touch seen; kill -9 ${stage.www.pid}; exit 1'],
        'stage: www',
      ) + spec('b', ['sh', '-c', 'exit 1'], 'stage: www'),
  });
  expect((await rig.run(['run', '--jobs', '1'])).exit).toBe(1);
  expect(endingsOf(rig.events())).toEqual(['A stage-died …', 'A~2 pass', 'B exit-code']);
});

test('a stage that dies thrice in a row under its runs is given up, and others go on', async () => {
  await using rig = new Rig();
  bench(rig, {
    stages: stage('www', 'echo ready; exec sleep 600') + stage('other', 'echo ready; exec sleep 600'),
    specs:
      spec('a', ['sh', '-c', 'kill -9 ${stage.www.pid}; sleep 60'], 'stage: www, priority: 1') +
      spec('b', ['true'], 'stage: www') +
      spec('c', ['true'], 'stage: other'),
  });
  expect((await rig.run(['run', '--jobs', '1'])).exit).toBe(3);
  const events = rig.events();
  expect(endingsOf(events).filter((line) => !line.startsWith('C'))).toEqual([
    'A stage-died …',
    'A~2 stage-died …',
    'A~3 stage-died …',
    'A stage-failed',
    'B stage-failed',
  ]);
  expect(endingsOf(events)).toContain('C pass');
  expect(stagesOf(events).filter((line) => line === 'www stopped died')).toHaveLength(2);
  expect(stagesOf(events)).toContain('www stopped given-up');
});

test.each([
  ['never', 'exit 7', ['A stage-died …', 'A stage-failed']],
  ['on-failure', 'exit 0', ['A stage-died …', 'A stage-failed']],
  ['on-failure', 'exit 7', ['A stage-died …', 'A~2 pass']],
  ['always', 'exit 0', ['A stage-died …', 'A~2 pass']],
])('restart: %s, after %s', async (policy, end, expected) => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, {
    stages: stage(
      'www',
      `echo ready; while ! test -e go; do sleep 0.05; done; ${end}`,
      `ready: { line: ready }, restart: ${policy}`,
    ),
    specs: spec('a', gate.command('a'), 'stage: www'),
  });
  const running = rig.start(['run']);
  await gate.arrival();
  rig.write('go', '');
  await rig.event((event) => event.type === 'stage-stopped');
  const ended = running.finished.then(() => undefined);
  // Its successor finds the file, too, and would end at once.
  rmSync(path.join(rig.directory, 'go'));
  (await Promise.race([gate.arrival(), ended]))?.release(0);
  await running.finished;
  expect(endingsOf(rig.events())).toEqual(expected);
});

test('nested stages come up in order and go in reverse; a dead parent takes its children down', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, {
    stages:
      stage(
        'leaf',
        'echo ready above ${stage.middle.pid} ${stage.root.pid}; exec sleep 600',
        "ready: { line: '^ready' }, after: [middle]",
      ) +
      stage('middle', 'echo ready; exec sleep 600', "ready: { line: '^ready' }, after: [root]") +
      stage('root', 'echo ready; exec sleep 600'),
    specs: spec('a', gate.command('a'), 'stage: leaf'),
  });
  const running = rig.start(['run']);
  await gate.arrival();
  const up = ['root', 'middle', 'leaf'].flatMap((name) => [`${name} started`, `${name} ready`]);
  expect(stagesOf(rig.events())).toEqual(up);
  process.kill(pidOf(await ready(rig, 'root')), 'SIGKILL');
  (await gate.arrival()).release(0);
  expect((await running.finished).exit).toBe(0);
  const events = rig.events();
  expect(endingsOf(events)).toEqual(['A stage-died …', 'A~2 pass']);
  expect(stagesOf(events).slice(up.length)).toEqual([
    'root stopped died',
    'leaf stopped parent',
    'middle stopped parent',
    ...['root', 'middle', 'leaf'].flatMap((name) => [`${name} respawned`, `${name} ready`]),
    'leaf stopped idle',
    'middle stopped idle',
    'root stopped idle',
  ]);
});

test('a changed file reloads the stage once no run uses it', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  rig.write('conf/a.ini', 'one');
  bench(rig, {
    stages: stage(
      'www',
      'echo ready $(cat conf/a.ini); exec sleep 600',
      "ready: { line: 'ready (?<conf>.*)' }, reload: [conf]",
    ),
    specs:
      spec('a', gate.command('a'), 'stage: www') +
      spec('b', ['test', '${stage.www.conf}', '=', 'two'], 'stage: www'),
  });
  const running = rig.start(['run', '--jobs', '1']);
  const held = await gate.arrival();
  const first = pidOf(await ready(rig, 'www'));
  rig.write('conf/a.ini', 'two');
  expect(await rig.event((event) => event.type === 'stage-changed')).toMatchObject({
    stage: 'www',
    path: path.join(rig.directory, 'conf/a.ini'),
  });
  expect(lives(first)).toBe(true);
  held.release(0);
  const end = await running.finished;
  expect(end.exit, end.stderr).toBe(0);
  const types = rig.events().map(({ type }) => type);
  expect(types.indexOf('stage-stopped')).toBeGreaterThan(types.indexOf('run-finished'));
  expect(stagesOf(rig.events())).toEqual([
    'www started',
    'www ready',
    'www changed',
    'www stopped reload',
    'www respawned',
    'www ready',
    'www stopped idle',
  ]);
});

test('of a tree with too many files the rest is not looked at, and that is told', async () => {
  await using rig = new Rig();
  mkdirSync(path.join(rig.directory, 'many'));
  for (let n = 0; n < 5001; n++) writeFileSync(path.join(rig.directory, 'many', `${n}`), '');
  bench(rig, {
    stages: stage('www', 'echo ready; exec sleep 600', "ready: { line: 'ready' }, reload: [many]"),
    specs: spec('a', ['true'], 'stage: www'),
  });
  const end = await rig.run(['run']);
  expect(end.exit, end.stderr).toBe(0);
  expect(end.stderr).toContain('The "reload:" of stage "www" names more than 5000 files');
  expect(stagesOf(rig.events())).toEqual(['www started', 'www ready', 'www stopped idle']);
});

test('a stage that nobody needs any more is stopped while others still run, and one that nobody needs is never begun', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, {
    stages: ['early', 'late', 'unused'].map((name) => stage(name, 'echo ready; exec sleep 600')).join(''),
    specs:
      spec('a', ['true'], 'stage: early, priority: 1') +
      spec('b', gate.command('b'), 'stage: late') +
      spec('c', ['true'], 'stage: unused'),
  });
  const running = rig.start(['run', '--jobs', '2', '--skip', 'c']);
  const held = await gate.arrival();
  await rig.event((event) => event.type === 'stage-stopped' && event.stage === 'early');
  held.release(0);
  expect((await running.finished).exit).toBe(0);
  expect(rig.events().some((event) => event.stage === 'unused')).toBe(false);
});

test('the worker that keeps a stage up is killed: the stage goes with it, and comes again', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, {
    stages: stage('www', 'echo ready; exec sleep 600'),
    specs: spec('a', gate.command('a'), 'stage: www'),
  });
  const running = rig.start(['run']);
  await gate.arrival();
  const first = pidOf(await ready(rig, 'www'));
  process.kill(parentOf(first), 'SIGKILL');
  const held = await gate.arrival();
  expect(lives(first)).toBe(false);
  held.release(0);
  expect((await running.finished).exit).toBe(0);
  expect(endingsOf(rig.events())).toEqual(['A stage-died …', 'A~2 pass']);
});

/** Leaves a process in a session of its own behind it; its pid is in the file `stray`. */
const STRAY = 'setsid sh -c "echo $$ > stray; sleep 600" & echo ready; exec sleep 600';

test('main killed: stage, strays and all are gone', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, { stages: stage('www', STRAY), specs: spec('a', gate.command('a'), 'stage: www') });
  const running = rig.start(['run']);
  await gate.arrival();
  const pid = pidOf(await ready(rig, 'www'));
  const stray = await until(rig.directory, () => {
    const file = path.join(rig.directory, 'stray');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined;
  });
  expect([lives(pid), lives(stray)]).toEqual([true, true]);
  process.kill(running.pid, 'SIGKILL');
  await until(rig.directory, () => (lives(pid) || lives(stray) ? undefined : true), 5000);
});

test('Ctrl-C: runs first, then stages; twice, and one that does not hear TERM is killed', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const deaf = `trap 'touch heard' TERM; echo ready; while :; do sleep 0.05; done`;
  bench(rig, {
    stages: stage('www', deaf).replace('grace: 2s', 'grace: 10m'),
    specs: spec('a', gate.command('a'), 'stage: www'),
  });
  const running = rig.start(['run']);
  await gate.arrival();
  const pid = pidOf(await ready(rig, 'www'));
  process.kill(running.pid, 'SIGINT');
  await until(rig.directory, () => (existsSync(path.join(rig.directory, 'heard')) ? true : undefined));
  expect(lives(pid)).toBe(true);
  process.kill(running.pid, 'SIGINT');
  expect((await running.finished).exit).toBe(130);
  expect(lives(pid)).toBe(false);
  const events = rig.events();
  expect(stagesOf(events)).toEqual(['www started', 'www ready', 'www stopped end']);
  expect(endingsOf(events)).toEqual(['A interrupted …']);
});

test('secrets are hidden in what a stage prints and hands out, but not from its runs', async () => {
  await using rig = new Rig();
  bench(rig, {
    stages: stage(
      'www',
      'echo ready token=$TOKEN; exec sleep 600',
      "ready: { line: 'token=(?<token>.*)' }, env: { TOKEN: '${secret.RIG_TOKEN}' }",
    ),
    specs: spec('a', ['test', '${stage.www.token}', '=', 'hush-hush'], 'stage: www'),
  });
  expect((await rig.run(['run'], { env: { RIG_TOKEN: 'hush-hush' } })).exit).toBe(0);
  expect(rig.read('results/latest/stages/www/output.txt')).toBe('ready token=***\n');
  expect(rig.read('results/latest/events.jsonl')).not.toContain('hush-hush');
});

test('what a stage prints is kept up to a bound', async () => {
  await using rig = new Rig();
  bench(rig, {
    stages: stage('www', "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo ready; exec sleep 600"),
    specs: spec('a', ['true'], 'stage: www'),
  });
  expect((await rig.run(['run'])).exit).toBe(0);
  const kept = rig.read('results/latest/stages/www/output.txt');
  expect(kept.length).toBeLessThan(17_000_000);
  expect(kept).toContain('[testbed: what was printed beyond this is not kept]');
});

test('a session that was killed is resumed with stages of its own, unless the plan of these has changed', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, {
    stages: stage('www', 'echo ready; exec sleep 600'),
    specs: spec('a', gate.command('a'), 'stage: www'),
  });
  const running = rig.start(['run']);
  await gate.arrival();
  process.kill(running.pid, 'SIGKILL');
  await running.finished;
  const plan = rig.read('own.yaml');
  rig.write('own.yaml', plan.replace('echo ready', 'echo ready now'));
  const changed = await rig.run(['run', '--resume']);
  expect([changed.exit, changed.stderr]).toEqual([2, expect.stringContaining('stages')]);
  rig.write('own.yaml', plan);
  const again = rig.start(['run', '--resume']);
  (await gate.arrival()).release(0);
  expect((await again.finished).exit).toBe(0);
});
