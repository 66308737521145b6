import { describe, expect, test } from 'vitest';
import { virtualArtefacts } from '../../src/firmware/virtual-artefacts.ts';
import { Bench, RAW_PROMPT, type Wire } from './bench.ts';

const INTERRUPTED = 'KeyboardInterrupt: \r\n';
const artefacts = await virtualArtefacts();

describe.each(artefacts.map(({ version, sha256 }) => ({ version, sha256 })))(
  'MicroPython $version',
  (firmware) => {
    test('speaks the serial protocol of a board', async () => {
      await using bench = await Bench.start();
      await bench.do({ op: 'flash', firmware: firmware.sha256 });
      await using wire = await bench.raw();
      await friendlyAndRaw(wire, firmware.version);
      await softReset(wire);
      await rawPaste(wire);
      await interrupts(wire);
      await standardInput(wire);
      await binaryOutput(wire);
      await standardStreams(wire);
      await memory(wire);
    });
  },
);

async function friendlyAndRaw(wire: Wire, version: string): Promise<void> {
  wire.send('\x02');
  expect(await wire.until('>>> ')).toMatch(
    new RegExp(`^\r\nMicroPython v${version}.*\r\nType "help\\(\\)" for more information.\r\n>>> $`),
  );
  wire.send('1+1\r');
  expect(await wire.until('>>> ')).toBe('1+1\r\n2\r\n>>> ');
  wire.send('\x01');
  expect(await wire.until('>')).toBe(`\r\n${RAW_PROMPT}`);
  expect(await wire.exec('print("a\\nb", end="")')).toEqual({ out: 'a\r\nb', error: '' });
  expect(await wire.exec('1/0')).toEqual({
    out: '',
    error:
      'Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\nZeroDivisionError: divide by zero\r\n',
  });
  expect(await wire.exec('import sys; print(sys.implementation.version[:3])')).toEqual({
    out: `(${version.replaceAll('.', ', ')})\r\n`,
    error: '',
  });
  expect(await wire.exec('import os\nos.stat("nothing")')).toMatchObject({
    error: expect.stringContaining('[Errno 2] ENOENT'),
  });
}

async function softReset(wire: Wire): Promise<void> {
  await wire.exec('x = 1\nopen("kept", "w").write("1")');
  wire.send('\x04');
  expect(await wire.until(RAW_PROMPT)).toBe(`OK\r\nMPY: soft reboot\r\n${RAW_PROMPT}`);
  expect(await wire.exec('print("x" in globals(), open("kept").read())')).toEqual({
    out: 'False 1\r\n',
    error: '',
  });
  wire.send('import machine; machine.soft_reset()\x04');
  expect(await wire.until(RAW_PROMPT)).toBe(`OK\x04\x04MPY: soft reboot\r\n${RAW_PROMPT}`);
}

async function rawPaste(wire: Wire): Promise<void> {
  wire.send('\x05A\x01');
  expect(await wire.until('\x01\x00\x04\x01')).toBe('R\x01\x00\x04\x01');
  const script = `text = '''${'y'.repeat(2_100)}\x01\x02'''\nprint(len(text), text[-2:])\n`;
  wire.send(script.slice(0, 1_024));
  expect(await wire.until('\x01')).toBe('\x01');
  wire.send(`${script.slice(1_024)}\x04`);
  expect(await wire.until('\x04\x04>')).toBe('\x01\x042102 \x01\x02\r\n\x04\x04>');
  wire.send('\x05A\x01');
  await wire.until('\x01\x00\x04\x01');
  wire.send('never run\x03');
  expect(await wire.until('\x04>')).toContain(INTERRUPTED);
}

async function interrupts(wire: Wire): Promise<void> {
  for (const program of [
    'while True: pass',
    'import time\ntime.sleep(1000)',
    'import sys\nsys.stdin.read(1)',
  ]) {
    await wire.run(program);
    wire.send('\x03');
    expect(await wire.until('\x04>')).toContain(INTERRUPTED);
  }
  // One that comes as a program ends must not hit the next.
  for (let round = 0; round < 50; round++) {
    wire.send(`pass\x04\x03`);
    await wire.until('\x04>');
    expect(await wire.exec('print(1)')).toEqual({ out: '1\r\n', error: '' });
  }
  // A program that catches it goes on, and its clock with it.
  await wire.run(
    'import time\ntry:\n while True: pass\nexcept KeyboardInterrupt:\n t = time.ticks_ms()\n time.sleep_ms(30)\n print(time.ticks_diff(time.ticks_ms(), t) in range(30, 5000))',
  );
  wire.send('\x03');
  expect(await wire.until('\x04>')).toBe('True\r\n\x04\x04>');
}

async function standardInput(wire: Wire): Promise<void> {
  wire.send(
    'import micropython, sys\nmicropython.kbd_intr(-1)\nprint("deaf")\nprint(sys.stdin.buffer.read(3))\nmicropython.kbd_intr(3)\x04',
  );
  await wire.until('deaf\r\n');
  wire.send('a\x03b');
  expect(await wire.until('\x04>')).toBe("b'a\\x03b'\r\n\x04\x04>");
  await wire.run('print(repr(input("name? ")))');
  await wire.until('name? ');
  wire.send('bob\n');
  expect(await wire.until('\x04>')).toBe("'bob'\r\n\x04\x04>");
  await wire.run(
    'import select, sys\np = select.poll()\np.register(sys.stdin, select.POLLIN)\nprint(len(p.poll(10)))\nprint(len(p.poll(10000)), sys.stdin.read(1))',
  );
  await wire.until('0\r\n');
  wire.send('z');
  expect(await wire.until('\x04>')).toBe('1 z\r\n\x04\x04>');
}

async function binaryOutput(wire: Wire): Promise<void> {
  const program = `import sys
for stream in (sys.stdout, sys.stderr):
  stream.write('a\\nb\\r\\n')
  stream.buffer.write(b'a\\nb\\r\\n\\r')
  print(stream.buffer.flush())
import select
p = select.poll()
p.register(sys.stdout.buffer, select.POLLIN | select.POLLOUT)
print(p.poll()[0][1] == select.POLLOUT)`;
  const each = 'a\r\nb\r\na\nb\r\n\rNone\r\n';
  expect(await wire.exec(program)).toEqual({ out: `${each}${each}True\r\n`, error: '' });
}

/** Closing them neither silences the board nor lets a file have their descriptors. */
async function standardStreams(wire: Wire): Promise<void> {
  const close =
    'import sys\nfor each in (sys.stdin, sys.stdout, sys.stderr, sys.stdout.buffer): each.close()\n';
  const opened = await wire.exec(`${close}files = [open("f%d" % n, "w") for n in range(3)]`);
  expect(opened).toEqual({ out: '', error: '' });
  expect(await wire.exec('for each in files: each.write("not for the line")\nprint(1)')).toEqual({
    out: '1\r\n',
    error: '',
  });
  // What MicroPython's own test of its files does: the collector closes the descriptor.
  const collected =
    'import gc\nf = open(2)\nf = None\ngc.collect()\nf = open("f0", "w")\nprint(f.fileno() > 2)';
  expect(await wire.exec(collected)).toEqual({ out: 'True\r\n', error: '' });
  await wire.exec(close);
  wire.send('\x04');
  await wire.until(RAW_PROMPT);
  const again = 'f = open("f0", "w")\nf.write("not for the line")\nf.close()\nprint(open("f0").read())';
  expect(await wire.exec(again)).toEqual({ out: 'not for the line\r\n', error: '' });
  // No descriptor left, not even for the board to save what was written; then none of them closed.
  const exhaust =
    'fs = []\ntry:\n while True:\n  fs.append(open("f0", "w"))\n  fs[-1].write("not for the line")\nexcept OSError as e: print(e.errno)';
  expect(await wire.exec(exhaust)).toEqual({ out: '24\r\n', error: '' });
  wire.send('\x04');
  await wire.until(RAW_PROMPT);
  expect(await wire.exec(again)).toEqual({ out: 'not for the line\r\n', error: '' });
  expect(await wire.exec('import os\nfor n in range(3): os.remove("f%d" % n)')).toEqual({
    out: '',
    error: '',
  });
}

async function memory(wire: Wire): Promise<void> {
  expect((await wire.exec('def f(): f()\nf()')).error).toContain(
    'RuntimeError: maximum recursion depth exceeded',
  );
  expect((await wire.exec('a = []\nwhile True: a.append(bytearray(100000))')).error).toContain('MemoryError');
  // The memory has grown, so this reset is a new interpreter, with the same files.
  wire.send('\x04');
  await wire.until(RAW_PROMPT);
  expect(await wire.exec('print("a" in globals(), open("kept").read())')).toEqual({
    out: 'False 1\r\n',
    error: '',
  });
  const { out } = await wire.exec(`x = '''${'y'.repeat(200_000)}'''\nprint(len(x))\nprint(x)`);
  expect(out).toBe(`200000\r\n${'y'.repeat(200_000)}\r\n`);
}

test('boot.py and main.py run after a reset, and can be interrupted', async () => {
  await using bench = await Bench.start();
  await using wire = await bench.raw();
  await wire.exec(
    'open("boot.py", "w").write("print(1)\\n")\nopen("main.py", "w").write("print(2)\\nwhile True: pass\\n")',
  );
  wire.send('\x04');
  expect(await wire.until(RAW_PROMPT)).toBe(`OK\r\nMPY: soft reboot\r\n1\r\n${RAW_PROMPT}`);
  wire.send('import machine; machine.reset()\x04');
  await wire.until('1\r\n2\r\n');
  wire.send('\x03');
  expect(await wire.until('>>> ')).toMatch(
    /^Traceback \(most recent call last\):\r\n {2}File "main.py", line 2, in <module>\r\nKeyboardInterrupt: \r\n\r\nMicroPython/,
  );
});
