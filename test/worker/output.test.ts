import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LastLine } from '../../src/process/last-line.ts';
import { Masker } from '../../src/log/mask.ts';
import { Scratch } from '../log/support/scratch.ts';
import { WorkerRig } from './rig.ts';

const scarce = fileURLToPath(new URL('fixtures/pipe-without-descriptors.ts', import.meta.url));
const SECRET = 'hunter2-hunter3';
let rig: WorkerRig;
beforeAll(() => {
  rig = new WorkerRig({ secrets: { TOKEN: SECRET }, keep: true });
});
afterAll(() => rig[Symbol.asyncDispose]());

const file = (directory: string, name: string) => readFileSync(join(directory, name));

describe('output', () => {
  it('is kept as it came: no UTF-8, NUL, no newline at the end', async () => {
    const { directory, message } = await rig.run(rig.job({ command: ['./print-bytes.sh'] }));
    const bytes = Buffer.from('ok \xff\xfe and \0 nul, no end', 'latin1');
    expect(message.outcome.verdict).toBe('pass');
    expect(file(directory, 'output.txt')).toEqual(bytes);
    expect(file(directory, 'run.ljsonl').toString()).toContain(`"base64":"${bytes.toString('base64')}"`);
  });

  it('can be opened by its name, as in a shell', async () => {
    const command = ['sh', '-c', 'echo out >/dev/stdout; echo err >/dev/stderr; echo fd >/proc/self/fd/1'];
    const { directory, message } = await rig.run(rig.job({ command }));
    expect(message.outcome.verdict).toBe('pass');
    const lines = file(directory, 'output.txt').toString().split('\n');
    expect(lines.toSorted()).toEqual(['', 'err', 'fd', 'out']);
  });

  it('finds each pipe as a new one is, whatever the test before did to it', async () => {
    await rig.run(rig.job({ command: ['python3', '-c', 'import os; os.set_blocking(3, False)'] }));
    const command = ['python3', '-c', 'import os; print(os.get_blocking(3))'];
    const { directory } = await rig.run(rig.job({ command }));
    expect(file(directory, 'output.txt').toString()).toBe('True\n');
  });

  it('is whole where there is no descriptor to open its pipe again, and nobody loses one of theirs', async () => {
    using scratch = new Scratch();
    const command = ['-c', 'ulimit -n 64; exec "$0" "$@"', process.execPath, scarce, scratch.file('fifo')];
    expect(JSON.parse(execFileSync('sh', command, { encoding: 'utf8' }))).toEqual({
      heard: ['the last words'],
      spent: true,
      lost: [],
    });
  });

  it('comes by pipes of the test alone where there is no mkfifo', async () => {
    await using bare = new WorkerRig({}, { PATH: '/nowhere' });
    const { directory, message } = await bare.run(
      bare.job({ command: ['/bin/sh', '-c', 'echo out; echo err >&2; echo "$TESTBED_EVENTS"'] }),
    );
    expect(message.outcome.verdict).toBe('pass');
    const lines = file(directory, 'output.txt').toString().split('\n');
    expect(lines.toSorted()).toEqual(['', '', 'err', 'out']);
  });

  it('of 100 MB in one line harms nobody', async () => {
    const { directory, message } = await rig.run(rig.job({ command: ['./print-much.sh', '100'] }));
    expect(message.outcome.verdict).toBe('pass');
    expect(statSync(join(directory, 'output.txt')).size).toBe(100 * 1024 * 1024 + 11);
    const { rss } = memoryOf(rig.child.pid!);
    expect(rss).toBeLessThan(300 * 1024 * 1024);
  });

  it('that is too much to read results from is an error', async () => {
    const { message } = await rig.run(rig.job({ command: ['./print-much.sh', '40'], results: 'junit' }));
    expect(message.outcome).toMatchObject({ verdict: 'error', cause: 'bad-results' });
  });

  it('that is a result which can not be read is bad, and no bug of ours', async () => {
    const how = { results: 'junit', env: {}, cwd: '/' } as const;
    const left = async (script: string) =>
      (await rig.run(rig.job({ ...how, command: ['sh', '-c', script, 'sh', '${run.dir}'] }))).message.outcome;
    expect(await left('ln -s x.xml "$1/x.xml"')).toMatchObject({
      cause: 'bad-results',
      blame: 'test',
      reason: expect.stringContaining('ELOOP'),
    });
    expect(await left('echo "<testsuite><testcase name=\'a\'/></testsuite>" >"$1/x.xml"')).toMatchObject({
      verdict: 'pass',
    });
  });

  it('is not kept without end where a test notes it on its event channel', async () => {
    const script =
      'import os\nc = os.fdopen(3, "wb")\nfor _ in range(400): c.write((b\'{"type":"note","message":"\' + b"x" * 999 + b\'"}\\n\') * 100)';
    const { directory, message } = await rig.run(rig.job({ command: ['python3', '-c', script] }));
    expect(message.outcome.verdict).toBe('pass');
    const log = file(directory, 'run.ljsonl').toString();
    expect(log.length).toBeGreaterThan(16 * 1024 * 1024);
    expect(log.length).toBeLessThan(20 * 1024 * 1024);
    expect(log.slice(-1000)).toContain('beyond this is not kept');
    expect(log.endsWith('0\nnull\n')).toBe(true);
  });

  it('has no secrets in it when it comes by the event channel, cut or as a class', async () => {
    const events = [
      {
        path: ['a'],
        verdict: 'fail',
        exceptionClass: `${SECRET}Error`,
        reason: `${'x'.repeat(990)}${SECRET}`,
      },
      { path: [`${'y'.repeat(992)}${SECRET}`], verdict: 'fail' },
    ];
    const lines = events.map((event) => JSON.stringify({ type: 'test-finished', ...event })).join('\n');
    const command = ['sh', '-c', `cat >&3 <<'END'\n${lines.replaceAll(SECRET, '${secret.TOKEN}')}\nEND`];
    const { directory, message, events: told } = await rig.run(rig.job({ command, results: 'events' }));
    expect(message.tests).toMatchObject({ fail: 2 });
    for (const text of [JSON.stringify([message, told]), file(directory, 'run.ljsonl').toString()])
      expect(text).not.toMatch(/hunter/);
  });

  it('has no secrets in it, nor has anything else that is kept or said', async () => {
    const env = { TOKEN: '${secret.TOKEN}' };
    const result = await rig.run(rig.job({ command: ['./print-secret.sh', '3', SECRET], env }));
    const texts = ['output.txt', 'run.ljsonl', 'result.json'].map((name) =>
      file(result.directory, name).toString(),
    );
    for (const text of [...texts, JSON.stringify([result.events, result.progress, result.message])]) {
      expect(text).not.toContain(SECRET);
    }
    expect(texts[0]!.split('\n').toSorted()).toEqual(['', 'again ***', 'token *** printed']);
    expect(result.message.reproduce).toMatchObject({
      env: { TOKEN: '***' },
      argv: ['./print-secret.sh', '3', '***'],
    });
  });
});

describe('a disk that does not take it', () => {
  it('makes the run an error of the disk, and the worker goes on', async () => {
    const job = rig.job({ command: ['./exit.sh', '0'] });
    writeFileSync(join(rig.directory, 'a-file'), '');
    const lost = await rig.run({ ...job, directory: join(rig.directory, 'a-file', 'run') });
    expect(lost.message).toMatchObject({
      healthy: true,
      outcome: { verdict: 'error', cause: 'disk', blame: 'lab' },
    });
    const away = await rig.run(rig.job({ command: ['./spoil-directory.sh', '${run.dir}'] }));
    expect(away.message.outcome).toMatchObject({ verdict: 'error', cause: 'disk' });
    const next = await rig.run(rig.job({ command: ['./exit.sh', '0'] }));
    expect(next.message.outcome.verdict).toBe('pass');
  });
});

describe('a bug of ours', () => {
  it('is an outcome, and the worker asks to be replaced', async () => {
    const job = rig.job({ command: ['true'] });
    const { command: _, ...spec } = job.spec;
    const { message } = await rig.run({ ...job, spec });
    expect(message).toMatchObject({ healthy: false, outcome: { verdict: 'error', cause: 'internal' } });
    expect(message.outcome.reason).toContain(
      'Internal error: expected a command in spec spec, was undefined',
    );
  });
});

describe('Masker', () => {
  const secrets = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 5 }), {
    maxLength: 3,
  });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 });

  it('hides the same, however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(secrets, text, fc.array(fc.nat(40)), (values, whole, cuts) => {
        const masker = new Masker(Object.fromEntries(values.map((value, index) => [`S${index}`, value])));
        const bytes = Buffer.from(whole);
        const at = [0, ...cuts.filter((cut) => cut <= bytes.length).toSorted((a, b) => a - b), bytes.length];
        const stream = masker.stream();
        const parts = at.slice(1).map((end, index) => stream.push(bytes.subarray(at[index], end)));
        const masked = Buffer.concat([...parts, stream.end()]).toString();
        expect(masked).toBe(masker.text(whole));
        for (const value of values) expect(masked).not.toContain(value);
      }),
    );
  });

  it('hides the beginning of a secret, too, where the text was cut in the middle of it', () => {
    const masker = new Masker({ A: 'swordfish' });
    expect(masker.text('the word is swordf…, and 2 more')).toBe('the word is ***…, and 2 more');
    expect(masker.text('a swordfish, a sword… and swo…')).toBe('a ***, a ***… and swo…');
    expect(masker.text('swordf is no secret')).toBe('swordf is no secret');
  });

  it('holds back no more than may be the beginning of a secret', () => {
    const stream = new Masker({ A: 'secret' }).stream();
    expect(stream.push(Buffer.from('prompt> ')).toString()).toBe('prompt> ');
    expect(stream.push(Buffer.from('sec')).toString()).toBe('');
    expect(stream.push(Buffer.from('ond ')).toString()).toBe('second ');
  });
});

describe('LastLine', () => {
  it('is the last line with something in it, however it comes', () => {
    const last = new LastLine();
    for (const text of ['first\nsec', 'ond', '\n', '\n  \n', '\u001b[31mthird\u001b[0m\r\n', '']) {
      last.push(Buffer.from(text));
    }
    expect(last.text).toBe('third');
    last.push(Buffer.from(`${'x'.repeat(5000)}\n\n`));
    expect(last.text).toBe('x'.repeat(300));
  });
});

function memoryOf(pid: number): { rss: number } {
  const kb = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { rss: Number(kb) * 1024 };
}
