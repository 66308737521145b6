import { spawn as spawnPty } from '@lydell/node-pty';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, constants, openSync, readFileSync, readSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Rig, root, until } from '../support/rig.ts';

/** More test events than the system and we together hold for a reader that does not read. */
const MANY = 9000;
const LONG = 'x'.repeat(100);

/** A lab whose only run fails `MANY` tests, or a few. */
function lab(rig: Rig, tests = MANY): void {
  rig.lab('plans: [./plan.yaml]\ntentacles: {}\n');
  const script = `i=0; while [ $i -lt ${tests} ]; do i=$((i+1)); echo "not ok $i - ${LONG}"; done; echo 1..$i`;
  const spec = `{ label: MANY, help: many, timeout: 1m, command: [sh, -c, '${script}'], results: tap }`;
  rig.write('plan.yaml', `plan: own\nspecs:\n  many: ${spec}\n`);
}

/** A named pipe, and a reader that reads when it is told. */
class NamedPipe {
  readonly file: string;
  #descriptor = -1;

  constructor(rig: Rig) {
    this.file = path.join(rig.directory, 'pipe');
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', this.file]);
  }

  open(): void {
    this.#descriptor = openSync(this.file, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** All until the writer has closed it. */
  async rest(): Promise<string> {
    const chunks: Buffer[] = [];
    const chunk = Buffer.alloc(65_536);
    while (true) {
      try {
        const size = readSync(this.#descriptor, chunk);
        if (size === 0) return Buffer.concat(chunks).toString();
        chunks.push(Buffer.from(chunk.subarray(0, size)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        await pause(5);
      }
    }
  }
}

/** Resolves when the log says that the session is over, whoever may still wait for a reader. */
async function ended(rig: Rig): Promise<void> {
  const log = path.join(rig.session, 'events.jsonl');
  await until(
    rig.directory,
    () => (existsSync(log) && logOf(rig).includes('"type":"session-finished"')) || undefined,
  );
}

const logOf = (rig: Rig): string => readFileSync(path.join(rig.session, 'events.jsonl'), 'utf8');

test('a reader that stops reading does not hold the session up, and gets every record when it reads on', async () => {
  await using rig = new Rig();
  lab(rig);
  const pipe = new NamedPipe(rig);
  pipe.open();
  const running = rig.start(['run', '--renderer', `jsonl=${pipe.file}`, '-q']);
  await ended(rig);
  const [read, end] = await Promise.all([pipe.rest(), running.finished]);
  pipe.close();
  expect(logOf(rig).length).toBeGreaterThan(1.5 * 1024 * 1024);
  expect(read === logOf(rig)).toBe(true);
  expect([end.exit, end.stderr]).toEqual([1, expect.not.stringContaining('⚠')]);
});

test('stdout, too: a pipe that nobody reads until the end gives the log, whole', async () => {
  await using rig = new Rig();
  lab(rig);
  const pipe = new NamedPipe(rig);
  pipe.open();
  const command = `exec '${process.execPath}' '${root}/bin/testbed' run --format jsonl >'${pipe.file}'`;
  const child = spawn('sh', ['-c', command], { cwd: rig.directory, stdio: 'ignore' });
  const exit = once(child, 'exit');
  await ended(rig);
  const [read] = await Promise.all([pipe.rest(), exit]);
  pipe.close();
  expect(read === logOf(rig)).toBe(true);
});

test('whoever waits for a reader is let go by a signal: the session has its end already, and its exit code', async () => {
  await using rig = new Rig();
  lab(rig);
  const pipe = new NamedPipe(rig);
  pipe.open();
  const errors = path.join(rig.directory, 'errors');
  const command = `exec '${process.execPath}' '${root}/bin/testbed' run --format jsonl >'${pipe.file}' 2>'${errors}'`;
  const child = spawn('sh', ['-c', command], { cwd: rig.directory, stdio: 'ignore' });
  const exit = once(child, 'exit');
  await ended(rig);
  // The summary is what it prints last before it waits.
  await until(
    rig.directory,
    () => (existsSync(errors) && rig.read('errors').includes('report: ')) || undefined,
  );
  child.kill('SIGINT');
  expect(await exit).toEqual([1, null]);
  expect(rig.read('errors').trimEnd().split('\n').at(-1)).toBe('testbed: stdout was not read to its end');
  pipe.close();
});

test('a reader that dies is told once, and changes nothing else', async () => {
  await using rig = new Rig();
  lab(rig);
  const pipe = new NamedPipe(rig);
  pipe.open();
  const running = rig.start(['run', '--renderer', `jsonl=${pipe.file}`, '-q']);
  await rig.event(({ type }) => type === 'run-started');
  pipe.close();
  const { exit, stderr } = await running.finished;
  expect(exit).toBe(1);
  expect(stderr.split(pipe.file)).toHaveLength(2);
  expect(stderr).toContain(`⚠ ${pipe.file} can not be written: EPIPE`);
  expect(rig.events().at(-1)).toMatchObject({ ending: 'complete', exit: 1 });
});

test('a named pipe that nobody opens holds up neither the start nor the session', async () => {
  await using rig = new Rig();
  lab(rig, 2);
  const pipe = new NamedPipe(rig);
  const { exit, stderr } = await rig.run(['run', '--renderer', `jsonl=${pipe.file}`, '-q']);
  expect(exit).toBe(1);
  expect(stderr).toContain(`⚠ ${pipe.file} was not read to its end`);
});

test('a full disk stops the report that stands there, and is told once for each', async () => {
  await using rig = new Rig();
  lab(rig, 3);
  // The file beside a document, which is then renamed, stands on the full disk.
  symlinkSync('/dev/full', path.join(rig.directory, 'own.xml.new'));
  const places = ['jsonl=/dev/full', 'junit=own.xml'].flatMap((place) => ['--renderer', place]);
  const { exit, stderr } = await rig.run(['run', '-q', ...places]);
  expect(exit).toBe(1);
  const told = stderr.split('\n').filter((line) => line.startsWith('⚠'));
  expect(told).toEqual([
    expect.stringMatching(/^⚠ \/dev\/full can not be written: ENOSPC/),
    expect.stringMatching(/own\.xml can not be written: ENOSPC/),
  ]);
  expect(stderr).toContain('1 planned = 0 pass + 1 fail');
});

test('a terminal that is stopped holds the session up as little, and says what it missed', async () => {
  await using rig = new Rig();
  lab(rig);
  const terminal = spawnPty(process.execPath, [`${root}/bin/testbed`, 'run', '--renderer', 'lines'], {
    cwd: rig.directory,
    cols: 80,
    rows: 24,
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '1', CI: '' },
  });
  terminal.pause();
  let text = '';
  terminal.onData((data) => (text += data));
  const gone = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  await ended(rig);
  terminal.resume();
  expect(await gone).toBe(1);
  expect(text).toMatch(/… \d+ lines left out: nobody read on; "testbed log" has all of them/);
  expect(text).toContain('1 planned = 0 pass + 1 fail');
});

test('a descriptor is used if it was given, and only then', async () => {
  await using rig = new Rig();
  lab(rig, 2);
  const testbed = `'${process.execPath}' '${root}/bin/testbed' run -q`;
  const run = (command: string): { status: number | null; stderr: string } =>
    spawnSync('bash', ['-c', command], { cwd: rig.directory, encoding: 'utf8' });
  expect(run(`${testbed} --renderer jsonl=fd:3 --renderer tap=/dev/fd/4 3>out.jsonl 4>out.tap`).status).toBe(
    1,
  );
  expect(rig.read('out.jsonl')).toBe(logOf(rig));
  expect(rig.read('out.tap')).toMatch(/^TAP version 14\n1\.\.1\n/);
  expect(run(`${testbed} --renderer jsonl=fd:77`)).toMatchObject({
    status: 2,
    stderr: 'testbed: --renderer: descriptor 77 is not open. Give it one: testbed … 77>FILE\n',
  });
  expect(run(`${testbed} --renderer jsonl=fd:5 5</dev/null`).stderr).toContain('open for reading only');
  // Without 3>, the number belongs to something inside of Node.
  expect(run(`${testbed} --renderer jsonl=fd:3`).stderr).toContain('descriptor 3 was not given to testbed');
});
