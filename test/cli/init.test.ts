import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { labText } from '../../src/cli/lab-text.ts';
import { catalogue } from '../../src/config/catalogue.ts';
import { recogniseByUsb, usbPorts, type ConnectedBoard } from '../../src/tentacle/recognise.ts';
import { Terminal } from '../render/support/terminal.ts';
import { Editor } from '../schema/editor.ts';
import { Sysfs } from '../serial/sysfs.ts';
import { Rig, root } from '../support/rig.ts';

const SCHEMA = path.join(root, 'schema/testbed.schema.json');

/** From `tentacles:` on, without the comments at the end. */
function benchOf(text: string): string {
  return text.slice(text.indexOf('tentacles:'), text.indexOf('\n# What is known to fail'));
}

/** Comments as one line: where they are broken hangs on the length of a path. */
function unwrapped(text: string): string {
  return text.replaceAll(/(^ {2}# .*)\n {2}# (?! )/gm, '$1 ');
}

/** Serves a virtual board of another lab: a port with MicroPython behind it. Gives its path. */
async function board(rig: Rig): Promise<string> {
  rig.write('elsewhere.yaml', `lab: elsewhere\nstate: ${rig.state}\ntentacles: { b0: { board: VIRTUAL } }\n`);
  const serving = rig.start(['tentacle', 'serve', 'b0', '-c', 'elsewhere.yaml']);
  await serving.printed('tty');
  return serving.output().trim().split(/\s+/).at(-1) ?? '';
}

test('what is on USB is listed once for each device, and recognised by its USB id where only one board has that', async () => {
  using sysfs = new Sysfs();
  sysfs.port(
    'ttyACM0',
    sysfs.usbDevice('3-1.1', {
      idVendor: '2e8a',
      idProduct: '0005',
      serial: 'e66038b713a12731',
      product: 'Board in FS mode',
    }),
    0,
  );
  const teensy = sysfs.usbDevice('3-1.2', {
    idVendor: '303a',
    idProduct: '4001',
    serial: '7cdfa1002731',
    product: 'ESP32-S3',
  });
  sysfs.port('ttyACM3', teensy, 2);
  sysfs.port('ttyACM1', teensy, 0);
  for (const number of [0, 1])
    sysfs.port(
      `ttyUSB${number}`,
      sysfs.usbDevice(`3-2.${number + 1}`, { idVendor: '10c4', idProduct: 'ea60', serial: '0001' }),
      0,
      `ttyUSB${number}`,
    );
  sysfs.port(
    'ttyACM7',
    sysfs.usbDevice('3-4', { idVendor: '1d50', idProduct: '6018', product: 'Black\u001b[31m Magic' }),
    0,
  );
  const found = usbPorts(sysfs.roots)
    .map((port) => ({ ...port, path: port.path.replace(sysfs.roots.dev, '/dev') }))
    .map((port) => recogniseByUsb(port, catalogue()));
  const text = labText({ name: 'desk', schema: SCHEMA, boards: found });
  expect(benchOf(text)).toBe(
    `tentacles:
  # /dev/ttyACM0 (usb 2e8a:0005 at 3-1.1): "Board in FS mode". That may be
  # RPI_PICO, RPI_PICO_W, RPI_PICO2 or RPI_PICO2_W. "testbed init --ask --force"
  # asks it; or say which one, and take away the "#".
  # 2731:
  #   board: RPI_PICO
  #   usb: { serial: e66038b713a12731 }

  # /dev/ttyACM1 (usb 303a:4001 at 3-1.2): "ESP32-S3", by its USB id; --ask
  # makes sure
  7cdfa1002731:
    board: ESP32_GENERIC_S3
    usb: { serial: 7cdfa1002731 }
    # features: [extmod_hardware]    # what it has besides: a wire from rx to tx
    # tags: { tier: 1 }              # to choose by: --only tag:tier=1

  # /dev/ttyACM7 (usb 1d50:6018 at 3-4): "Black Magic". The catalogue has no
  # board with that USB id. "testbed init --ask --force" asks it; or say which
  # one, and take away the "#".
  # 3-4:
  #   board: BOARD
  #   usb: { location: 3-4 }    # it has no serial of its own

  # /dev/ttyUSB0 (usb 10c4:ea60 at 3-2.1). That may be ESP32_GENERIC or
  # ESP32_GENERIC_C3. "testbed init --ask --force" asks it; or say which one,
  # and take away the "#".
  # 3-2.1:
  #   board: ESP32_GENERIC
  #   usb: { location: 3-2.1 }    # it has no serial of its own

  # /dev/ttyUSB1 (usb 10c4:ea60 at 3-2.2). That may be ESP32_GENERIC or
  # ESP32_GENERIC_C3. "testbed init --ask --force" asks it; or say which one,
  # and take away the "#".
  # 3-2.2:
  #   board: ESP32_GENERIC
  #   usb: { location: 3-2.2 }    # it has no serial of its own
`,
  );
  await using rig = new Rig();
  rig.write('testbed.yaml', text);
  expect(await rig.run(['check'])).toMatchObject({ exit: 0, stdout: '' });
});

test('an answer of a board goes before USB; one that the catalogue does not have is described', async () => {
  const identification = {
    version: '1.26.1',
    machine: 'SparkFun Pro Micro RP2350 with RP2350',
    platform: 'rp2',
  };
  const boards: ConnectedBoard[] = [
    {
      port: {
        path: '/dev/ttyACM0',
        usb: { vidPid: '2e8a:0005', serial: '0123456789ab', location: '1-1', interface: 0 },
      },
      candidates: ['RPI_PICO2'],
      variant: 'RISCV',
      identification: { ...identification, machine: 'Raspberry Pi Pico2 with RP2350-RISCV' },
    },
    {
      port: { path: '/dev/ttyACM1', usb: { vidPid: '1b4f:0039', location: '1-2', interface: 0 } },
      candidates: [],
      own: { name: 'SPARKFUN_PROMICRO_RP2350', port: 'rp2', mcu: 'rp2350' },
      identification,
    },
  ];
  const text = labText({ name: 'desk', schema: SCHEMA, boards });
  expect(benchOf(text)).toContain('\n  89ab:\n    board: RPI_PICO2\n    usb: { serial: 0123456789ab }\n');
  expect(benchOf(text)).toContain(
    '\n  1-2:\n    board: SPARKFUN_PROMICRO_RP2350\n    usb: { location: 1-2 }',
  );
  expect(benchOf(text)).toContain('\n  RPI_PICO2: { port: rp2, mcu: rp2350, programmer: picotool,');
  expect(benchOf(text)).toContain('variants: [RISCV] }\n');
  expect(benchOf(text)).toContain('\n  SPARKFUN_PROMICRO_RP2350: { port: rp2, mcu: rp2350 }\n');
  await using rig = new Rig();
  rig.write('testbed.yaml', text);
  expect(await rig.run(['check'])).toMatchObject({ exit: 0, stdout: '' });
});

test('a board that is asked: its lab file passes check, and run is green', async () => {
  await using rig = new Rig();
  const port = await board(rig);
  const env = { XDG_STATE_HOME: rig.state };
  // The same port twice is one board.
  const made = await rig.run(['init', '--port', port, '--ask', '--port', port]);
  expect(made).toMatchObject({
    exit: 0,
    stdout: '',
    stderr: 'testbed: wrote testbed.yaml with 1 tentacle.\n  Look at it, then: testbed check, testbed run\n',
  });
  expect(unwrapped(benchOf(rig.read('testbed.yaml')).replaceAll(port, 'PORT'))).toBe(
    `tentacles:
  # PORT: JS with Emscripten, MicroPython 1.29.0
  tty:
    board: VIRTUAL
    port: PORT
    # features: [extmod_hardware]    # what it has besides: a wire from rx to tx
    # tags: { tier: 1 }              # to choose by: --only tag:tier=1

boards:
  # As in the catalogue, but only with the firmware that is on it, because testbed can not flash it yet.
  VIRTUAL: { port: webassembly, mcu: wasm, limits: { power: 10s, flash: 10s, verify: 5s, setup: 30s, teardown: 5s } }
`,
  );
  expect(await rig.run(['check'], { env })).toMatchObject({ exit: 0 });
  const run = await rig.run(['run'], { env });
  expect(run, run.stderr).toMatchObject({ exit: 0 });
  expect(run.stderr).toContain('2 planned = 2 pass + 0 fail');
});

test('virtual boards: check passes, run is green, and the editor has nothing to mark', async () => {
  await using rig = new Rig();
  const env = { XDG_STATE_HOME: rig.state };
  const made = await rig.run(['init', '--virtual']);
  expect(made).toMatchObject({ exit: 0, stdout: '' });
  expect(made.stderr).toBe(
    'testbed: wrote testbed.yaml with 2 virtual tentacles.\n  Look at it, then: testbed check, testbed run\n',
  );
  const text = rig.read('testbed.yaml');
  expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=${SCHEMA}`);
  const editor = new Editor();
  const file = path.join(rig.directory, 'testbed.yaml');
  expect(await editor.marks(file, text)).toEqual([]);
  expect(await editor.marks(file, `${text}tentacels: {}\n`)).toMatchObject([{ text: 'tentacels' }]);
  expect(await rig.run(['check'], { env })).toMatchObject({ exit: 0 });
  expect(await rig.run(['run', '-q'], { env })).toMatchObject({ exit: 0 });
});

test('a lab file that is there stays, whatever it is called, unless --force says otherwise', async () => {
  await using rig = new Rig();
  rig.write('testbed.yml', 'lab: mine\n');
  const refused = {
    exit: 2,
    stdout: '',
    stderr: `testbed: ${rig.directory}/testbed.yml is there already; nothing was written.\n  --dry-run prints what would be written, --force writes it, -c FILE writes another file.\n`,
  };
  expect(await rig.run(['init', '--virtual'])).toMatchObject(refused);
  expect(await rig.run(['init', '--virtual', '-c', 'testbed.yml'])).toMatchObject(refused);
  const printed = await rig.run(['init', '--virtual', '--dry-run']);
  expect(printed).toMatchObject({ exit: 0, stderr: '' });
  expect([existsSync(path.join(rig.directory, 'testbed.yaml')), rig.read('testbed.yml')]).toEqual([
    false,
    'lab: mine\n',
  ]);
  expect(await rig.run(['init', '--virtual', '--force', '-c', 'testbed.yml'])).toMatchObject({ exit: 0 });
  expect(rig.read('testbed.yml')).toBe(printed.stdout);
  expect((await rig.run(['init', '--virtual', '-c', 'sub/lab.yaml'])).stderr).toMatch(
    /sub\/lab\.yaml could not be written/,
  );
});

test('a schema below the lab is named by a relative path', async () => {
  await using rig = new Rig();
  const lab = path.join(root, 'test', 'no-lab-here', 'testbed.yaml');
  // From within the checkout, as it is in a project that has testbed in its node_modules.
  const { stdout } = await rig.run(['init', '--virtual', '--dry-run', '-c', path.join(root, 'lab.yaml')]);
  expect(stdout.split('\n')[0]).toBe('# yaml-language-server: $schema=./schema/testbed.schema.json');
  const outside = await rig.run(['init', '--virtual', '--dry-run', '-c', lab]);
  expect(outside.stdout.split('\n')[0]).toBe(`# yaml-language-server: $schema=${SCHEMA}`);
});

test('what can not be: a port that is not there, and --virtual with boards', async () => {
  await using rig = new Rig();
  expect(await rig.run(['init', '--port', './none'])).toMatchObject({
    exit: 2,
    stderr: `testbed: there is no port ${rig.directory}/none.\n  Without --port, init takes all boards on USB.\n`,
  });
  expect(await rig.run(['init', '--virtual', '--ask'])).toMatchObject({ exit: 2 });
  const overlay = await rig.run(['init', '--virtual', '-c', 'testbed.local.yaml', '--force']);
  expect(overlay.stderr).toContain(
    'testbed.local.yaml is laid over the lab file beside it, and is none itself',
  );
  expect([overlay.exit, existsSync(path.join(rig.directory, 'testbed.local.yaml'))]).toEqual([2, false]);
  expect(existsSync(path.join(rig.directory, 'testbed.yaml'))).toBe(false);
});

test('a port that no board answers on stands there as a comment, with the reason', async () => {
  await using rig = new Rig();
  const made = await rig.run(['init', '--port', '/dev/null', '--ask']);
  expect(made.stderr).toContain('A board could not be told for sure and stands there as a comment');
  const text = rig.read('testbed.yaml');
  expect(text).toMatch(
    /\n {2}# \/dev\/null\. It is not on USB[^]*this is not a serial\n? *#? ?port[^]*\n {2}# null:\n {2}# {3}board: BOARD\n/,
  );
  expect(text).toContain('\n  v0: { board: VIRTUAL }\n');
});

test('at a terminal testbed asks whether it may ask', async () => {
  await using rig = new Rig();
  const port = await board(rig);
  const init = `'${process.execPath}' '${root}/bin/testbed' init --port '${port}'`;
  using no = new Terminal(`stty echo; cd '${rig.directory}'; ${init} -c no.yaml`, { columns: 80, rows: 24 });
  await no.until((screen) => screen.join('').includes('[y/N]'));
  no.type('n');
  await no.until((screen) => screen.includes('exit 0'));
  expect(rig.read('no.yaml')).toContain('# tty:\n');
  using yes = new Terminal(`stty echo; cd '${rig.directory}'; ${init} -c yes.yaml`, {
    columns: 80,
    rows: 24,
  });
  await yes.until((screen) => screen.join('').includes('[y/N]'));
  yes.type('y');
  await yes.until((screen) => screen.includes('exit 0'));
  expect(rig.read('yes.yaml')).toContain('\n  tty:\n    board: VIRTUAL\n');
});
