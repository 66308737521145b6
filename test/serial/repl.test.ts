import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SerialFault } from '../../src/serial/fault.ts';
import { holderOf } from '../../src/serial/holder.ts';
import { Repl } from '../../src/serial/repl.ts';
import { Boards } from './boards.ts';

const LIMIT = { limitMs: 10_000 };
let boards: Boards;
let port: string;
const open: Repl[] = [];

beforeAll(async () => {
  boards = await Boards.start('v0', 'v1');
  port = await boards.fresh('v0');
});
afterEach(async () => {
  for (const repl of open.splice(0)) await repl.close();
});
afterAll(async () => boards[Symbol.asyncDispose]());

async function opened(limitMs = 10_000, at = port): Promise<Repl> {
  const repl = await Repl.open({ path: at, limitMs });
  open.push(repl);
  return repl;
}

/** The program's two outputs as text. */
async function run(repl: Repl, code: string | Buffer, limitMs = 10_000): Promise<[string, string]> {
  const { stdout, stderr } = await repl.exec(code, { limitMs });
  return [stdout.toString(), stderr.toString()];
}

async function fault(promise: Promise<unknown>): Promise<SerialFault> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof SerialFault)) throw new Error(`expected a SerialFault, was ${String(outcome)}`);
  return outcome;
}

const PAD = `#${' '.repeat(400)}\n`;

describe('programs', () => {
  test.each([
    ['small ones, in the plain raw REPL', ''],
    ['larger ones, in raw-paste mode', PAD],
  ])('stdout and stderr come apart: %s', async (_, pad) => {
    const repl = await opened();
    expect(await run(repl, `${pad}print('one')\nprint('two')`)).toEqual(['one\r\ntwo\r\n', '']);
    const [stdout, stderr] = await run(repl, `${pad}print('before')\n1/0\nprint('after')`);
    expect(stdout).toBe('before\r\n');
    expect(stderr).toMatch(/^Traceback[^]*ZeroDivisionError: divide by zero\r\n$/);
    expect((await run(repl, `${pad}def f(:\n${pad.repeat(20)}`))[1]).toContain(
      'SyntaxError: invalid syntax\r\n',
    );
    expect(await run(repl, `${pad}raise SystemExit`)).toEqual(['', '']);
    expect(await run(repl, `${pad}print('still there')`)).toEqual(['still there\r\n', '']);
  });

  test('half a megabyte arrives whole', async () => {
    const repl = await opened();
    const text = Array.from({ length: 500_000 }, (_, index) =>
      String.fromCharCode(32 + ((index * index) % 60)),
    ).join('');
    const program = `import binascii\nx = r"""${text.replaceAll('"', '_')}"""\nprint(len(x), binascii.crc32(x))`;
    const sum = crc32(text.replaceAll('"', '_'));
    expect(await run(repl, program, 30_000)).toEqual([`500000 ${sum}\r\n`, '']);
  });

  test('half a megabyte of input and its echo pass each other, again and again', async () => {
    const repl = await opened();
    const size = 500 * 1024;
    const input = Buffer.alloc(
      size,
      'a line whose length has no divisor in common with the size of a read\n',
    );
    const echo = `import sys\nprint('ready')\nb = bytearray(1024)\nfor _ in range(${size / 1024}):\n sys.stdin.buffer.readinto(b)\n sys.stdout.buffer.write(b)`;
    for (let round = 0; round < 3; round++) {
      let given = false;
      const { stdout, stderr } = await repl.exec(echo, {
        ...LIMIT,
        onStdout: () => {
          if (!given) repl.writeStdin(input);
          given = true;
        },
      });
      expect(stderr.toString()).toBe('');
      expect(stdout.equals(Buffer.concat([Buffer.from('ready\r\n'), input]))).toBe(true);
    }
  });

  test('empty ones and ones with control characters are not taken for commands', async () => {
    const repl = await opened();
    await run(repl, 'kept = 1');
    expect(await run(repl, '')).toEqual(['', '']);
    expect(await run(repl, "print('a\x01\x02\x03\x05b', kept)")).toEqual(['a\x01\x02\x03\x05b 1\r\n', '']);
  });

  test('a program that prints the end marks itself spoils its own result only', async () => {
    const repl = await opened();
    await run(repl, "import time\nprint('\\x04 \\x04 >')\ntime.sleep_ms(50)\nprint('OKforged\\x04\\x04>')");
    expect(await run(repl, "print('next')")).toEqual(['next\r\n', '']);
  });

  test('output comes as it is printed, and input goes to the program', async () => {
    const repl = await opened();
    const parts: string[] = [];
    const running = repl.exec(
      "import sys\nprint('name?')\nn = sys.stdin.readline()\nprint('hello', n.strip())\nprint('rest?')\nsys.stdin.readline()",
      {
        ...LIMIT,
        onStdout: (bytes) => {
          parts.push(bytes.toString());
          if (parts.join('').endsWith('name?\r\n')) repl.writeStdin('squid\n');
          if (parts.join('').endsWith('rest?\r\n')) repl.writeStdin('\nnever read\nnor this');
        },
      },
    );
    expect((await running).stdout.toString()).toBe('name?\r\nhello squid\r\nrest?\r\n');
    expect(parts.length).toBeGreaterThan(1);
    // What it left unread is no part of the next program.
    expect(await run(repl, "print('next')")).toEqual(['next\r\n', '']);
    expect(repl.writeStdin('nobody there')).toBe(false);
    expect(await run(repl, "print('clean')")).toEqual(['clean\r\n', '']);
  });

  test('an endless loop is interrupted', async () => {
    const repl = await opened();
    const running = repl.exec("print('on')\nwhile True: pass", {
      ...LIMIT,
      onStdout: () => void repl.interrupt(),
    });
    const { stdout, stderr } = await running;
    expect(stdout.toString()).toBe('on\r\n');
    expect(stderr.toString()).toContain('KeyboardInterrupt');
  });

  test('a limit and a signal end the waiting, and the next call finds the board in order', async () => {
    const repl = await opened();
    expect(await fault(run(repl, 'while True: pass', 150))).toMatchObject({
      kind: 'limit',
      message: `${port}: the board did not come to the end of the program within 150 ms`,
    });
    expect(await run(repl, "print('a')")).toEqual(['a\r\n', '']);
    const stop = new AbortController();
    const running = repl.exec("print('on')\nwhile True: print('more')", {
      ...LIMIT,
      signal: stop.signal,
      onStdout: () => stop.abort(),
    });
    expect(await fault(running)).toMatchObject({ kind: 'aborted', port });
    expect(await run(repl, "print('b')")).toEqual(['b\r\n', '']);
    await fault(run(repl, 'def print(*a): raise OSError\nwhile True: pass', 150));
    await repl.interrupt(LIMIT);
    await repl.softReset(LIMIT);
    expect(await run(repl, "print('c')")).toEqual(['c\r\n', '']);
  });

  test('a restart in the middle of a program is told', async () => {
    const repl = await opened();
    const restarted = await fault(run(repl, 'import machine\nmachine.reset()'));
    expect(restarted).toMatchObject({ kind: 'restarted', port });
    expect(await run(repl, "print('again')")).toEqual(['again\r\n', '']);
  });
});

/** Prints the raw REPL's banner all the time, and catches three interrupts. */
const ORPHANED_MOUNT =
  '\x05import micropython, sys\nmicropython.kbd_intr(-1)\nfor i in range(100): sys.stdin.buffer.read(1)\nmicropython.kbd_intr(3)\nwhile True: pass\n\x04';
const PRETENDER =
  '\x05for i in range(4):\n  try:\n    while True: print("raw REPL; CTRL-B to exit\\r\\n>")\n  except: pass\n\x04';

describe('a board', () => {
  test('forgets its names in a soft reset, and keeps its files', async () => {
    const repl = await opened();
    await run(repl, 'x = 1');
    await repl.putFile('kept.txt', Buffer.from('kept'), LIMIT);
    await repl.softReset(LIMIT);
    expect((await run(repl, 'print(x)'))[1]).toContain('NameError');
    expect((await repl.getFile('kept.txt', LIMIT)).toString()).toBe('kept');
  });

  test('takes and gives any bytes in files, and says why it does not', async () => {
    const repl = await opened();
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7 + (index >> 8)) & 255));
    await repl.putFile('/all bytes.bin', bytes, LIMIT);
    expect((await repl.getFile('/all bytes.bin', LIMIT)).equals(bytes)).toBe(true);
    await repl.putFile('empty', Buffer.alloc(0), LIMIT);
    expect(await repl.getFile('empty', LIMIT)).toEqual(Buffer.alloc(0));
    const missing = await fault(repl.getFile('/nö', LIMIT));
    expect(missing.kind).toBe('refused');
    expect(missing.message).toMatch(
      /: could not read \/nö: there is no such file or directory on the board \(OSError/,
    );
    await boards.ask('v0', { op: 'fault', fault: { kind: 'full-filesystem' } });
    const full = await fault(repl.putFile('more', bytes, LIMIT));
    await boards.ask('v0', { op: 'clear-faults' });
    expect(full.message).toMatch(/could not write more \(20000 bytes\): the board's filesystem is full/);
  });

  test.each([
    ['at the friendly prompt', ''],
    ['in a half typed line', 'print('],
    ['in paste mode', '\x05for i in'],
    ['in the raw REPL', '\x01'],
    ['with half a program in the raw REPL', '\x01print('],
    ['in the middle of raw-paste mode', '\x01\x05A\x01print('],
    ['running a program', 'while True: pass\r\n\r\n'],
    ['printing without end', "while True: print('babble')\r\n\r\n"],
    [
      'in a program that catches an interrupt',
      '\x05try:\n  while True: pass\nexcept: \n  while True: pass\n\x04',
    ],
    ['pretending to be in the raw REPL', PRETENDER],
    ['reading input', 'import sys; sys.stdin.read(100)\r\n'],
    ['reading with Ctrl-C switched off, as a mounted filesystem whose other side is gone', ORPHANED_MOUNT],
  ])('is found %s', async (_, typed) => {
    const before = await opened();
    await before.close();
    writeFileSync(port, typed);
    const repl = await opened();
    expect(await run(repl, "print('here')")).toEqual(['here\r\n', '']);
  });
});

describe('a port', () => {
  test('that is held names its holder', async () => {
    await opened();
    const self = await fault(opened());
    expect(self).toMatchObject({ kind: 'busy', port, holder: { pid: process.pid } });
    expect(self.message).toBe(`${port}: the port is in use by this process itself (pid ${process.pid})`);
    await open.splice(0)[0]?.close();

    // Who merely has it open is not who keeps others out.
    const descriptor = openSync(port, 'r');
    const reader = spawn('sh', ['-c', 'echo open; read forever', 'sh'], {
      stdio: ['pipe', 'pipe', 'inherit', descriptor],
    });
    closeSync(descriptor);
    await once(reader.stdout as Readable, 'data');
    expect(await holderOf(port)).toMatchObject({
      pid: reader.pid,
      command: 'sh -c echo open; read forever sh',
    });
    const flock = spawn('sh', ['-c', 'exec flock --nonblock "$0" sh -c "echo held; read forever"', port], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(flock.stdout, 'data');
    const busy = await fault(opened());
    flock.stdin.end();
    reader.kill();
    await Promise.all([once(flock, 'close'), once(reader, 'close')]);
    expect(busy).toMatchObject({ kind: 'busy', holder: { pid: flock.pid } });
    expect(busy.message).toContain(`in use by pid ${flock.pid} (flock --nonblock ${port}`);
    await opened();
  });

  test('that is no port says so', async () => {
    const link = path.join(os.tmpdir(), `testbed-no-port-${process.pid}`);
    expect(await fault(opened(500, '/dev/ttyACM199'))).toMatchObject({
      kind: 'missing',
      message: '/dev/ttyACM199: there is no such port; is the board connected and powered?',
    });
    symlinkSync('/dev/null', link);
    try {
      expect((await fault(opened(500, link))).message).toBe(`${link}: this is not a serial port`);
    } finally {
      rmSync(link);
    }
  });

  test('that vanishes ends the program at once', async () => {
    const at = await boards.fresh('v1');
    const repl = await opened(10_000, at);
    const gone = fault(
      repl.exec("print('on')\nwhile True: pass", {
        limitMs: 60_000,
        onStdout: () => void boards.ask('v1', { op: 'fault', fault: { kind: 'vanish', afterMs: 0 } }),
      }),
    );
    expect(await gone).toMatchObject({ kind: 'gone', port: at });
    expect(await fault(run(repl, 'print(1)'))).toMatchObject({ kind: 'gone' });
    await repl.close();
    expect(await fault(opened(500, at))).toMatchObject({ kind: 'missing', port: at });
  });
});

describe('a board that misbehaves', () => {
  test('hangs: a limit in the middle, no REPL afterwards', async () => {
    const at = await boards.fresh('v1');
    const repl = await opened(10_000, at);
    let { state } = await boards.ask('v1', { op: 'fault', fault: { kind: 'hang', afterMs: 0 } });
    while (state !== 'hung') ({ state } = await boards.ask('v1', { op: 'status' }));
    expect(await fault(run(repl, "print('x')", 300))).toMatchObject({ kind: 'limit', port: at });
    await repl.close();
    const deaf = await fault(opened(700, at));
    expect(deaf.kind).toBe('no-repl');
    expect(deaf.message).toBe(
      `${at}: no answer from a MicroPython REPL within 700 ms; the board says nothing; ` +
        'reset it or power it off and on; is it running MicroPython?',
    );
  });

  test('babbles: is still understood, noise and all', async () => {
    const at = await boards.fresh('v1', { kind: 'babble', text: 'I (123) wifi: hello', everyMs: 5 });
    const repl = await opened(10_000, at);
    for (let count = 0; count < 30; count++) {
      const { stdout } = await repl.exec(`${PAD}print('<${count}>')`, LIMIT);
      expect(stdout.toString().replaceAll('I (123) wifi: hello', '')).toContain(`<${count}>`);
    }
    await repl.softReset(LIMIT);
  });

  test('is slow: nothing is lost, nothing is taken for something else', async () => {
    const at = await boards.fresh('v1', { kind: 'slow', delayMs: 300 });
    const repl = await opened(10_000, at);
    expect(await run(repl, `${PAD}print('one')`)).toEqual(['one\r\n', '']);
    expect(await run(repl, "print('two')")).toEqual(['two\r\n', '']);
    await repl.softReset(LIMIT);
    expect(await run(repl, "print('three')")).toEqual(['three\r\n', '']);
  });
});
