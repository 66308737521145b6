import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findPort, listPorts } from '../../src/serial/ports.ts';
import { devicePath } from '../../src/util/device-path.ts';
import { Sysfs } from './sysfs.ts';

const sysfs = new Sysfs();
const { roots } = sysfs;
const dev = (name: string): string => sysfs.dev(name);

beforeAll(() => {
  mkdirSync(path.join(roots.sys, 'class/tty/ptmx'), { recursive: true });
  for (const [name, type] of [
    ['ttyS0', '4'],
    ['ttyS1', '0'],
  ] as const) {
    sysfs.put(path.join(roots.sys, 'class/tty', name, 'type'), `${type}\n`);
    mkdirSync(path.join(roots.sys, 'class/tty', name, 'device'));
    sysfs.put(dev(name), '');
  }
  const pico = { idVendor: '2e8a', idProduct: '0005', product: 'Board in FS mode' };
  sysfs.port('ttyACM0', sysfs.usbDevice('3-1.4.3', { ...pico, serial: 'e463' }), 0);
  const pyboard = sysfs.usbDevice('3-1.2', { idVendor: 'f055', idProduct: '9802', serial: '3254' });
  sysfs.port('ttyACM10', pyboard, 3);
  sysfs.port('ttyACM2', pyboard, 1);
  for (const [location, name] of [
    ['3-2', 'ttyUSB0'],
    ['3-3', 'ttyUSB1'],
  ] as const)
    sysfs.port(
      name,
      sysfs.usbDevice(location, { idVendor: '1a86', idProduct: '7523', serial: '0001' }),
      0,
      name,
    );
  mkdirSync(dev('serial/by-id'), { recursive: true });
  symlinkSync(dev('ttyACM0'), dev('serial/by-id/usb-Pico_e463-if00'));
  symlinkSync(dev('ttyACM9'), dev('serial/by-id/usb-just-gone'));
});
afterAll(() => sysfs[Symbol.dispose]());

const find = (where: { port?: string; usb?: { serial?: string; location?: string } }): string => {
  const found = findPort({ id: '2731', ...where }, roots);
  return (found.ok ? found.path : `${found.fault.kind}: ${found.fault.message}`).replaceAll(
    `${roots.dev}/`,
    '',
  );
};

test('ports are listed with what USB tells of them', () => {
  expect(listPorts(roots).map(({ path: at, byId, usb }) => [path.basename(at), byId.length, usb])).toEqual([
    [
      'ttyACM0',
      1,
      { vidPid: '2e8a:0005', serial: 'e463', location: '3-1.4.3', product: 'Board in FS mode', interface: 0 },
    ],
    ['ttyACM2', 0, { vidPid: 'f055:9802', serial: '3254', location: '3-1.2', interface: 1 }],
    ['ttyACM10', 0, { vidPid: 'f055:9802', serial: '3254', location: '3-1.2', interface: 3 }],
    ['ttyS0', 0, undefined],
    ['ttyUSB0', 0, { vidPid: '1a86:7523', serial: '0001', location: '3-2', interface: 0 }],
    ['ttyUSB1', 0, { vidPid: '1a86:7523', serial: '0001', location: '3-3', interface: 0 }],
  ]);
});

test('the machine of this test can be listed, whatever it is', () => {
  for (const { path: at } of listPorts()) expect(at).toMatch(/^\/dev\//);
});

test.each([
  ['a serial', { usb: { serial: 'e463' } }, 'ttyACM0'],
  ['a location', { usb: { location: '3-1.4.3' } }, 'ttyACM0'],
  ['both', { usb: { serial: '0001', location: '3-3' } }, 'ttyUSB1'],
  ['the first of several ports of a device', { usb: { serial: '3254' } }, 'ttyACM2'],
  ['a path', { port: dev('ttyACM0') }, 'ttyACM0'],
  ['a link', { port: dev('serial/by-id/usb-Pico_e463-if00') }, 'serial/by-id/usb-Pico_e463-if00'],
  ['a link that must be of that board', { port: dev('ttyACM0'), usb: { serial: 'e463' } }, 'ttyACM0'],
])('a port is found by %s', (_, where, expected) => {
  expect(find(where)).toBe(expected);
});

test.each([
  [
    'not connected',
    { usb: { serial: 'ffff' } },
    'missing: tentacle 2731: not connected: no port has usb serial ffff; connected are ttyACM0 (e463), ttyACM2 (3254), ttyACM10 (3254), ttyS0, ttyUSB0 (0001), ttyUSB1 (0001)',
  ],
  [
    'moved',
    { usb: { serial: 'e463', location: '3-9' } },
    'missing: tentacle 2731: not connected: no port has usb serial e463 and usb location 3-9; that serial is at usb location 3-1.4.3 now (ttyACM0)',
  ],
  [
    'replaced',
    { usb: { serial: 'abcd', location: '3-2' } },
    'missing: tentacle 2731: not connected: no port has usb serial abcd and usb location 3-2; at that location is ttyUSB0 with usb serial 0001',
  ],
  [
    'two that look alike',
    { usb: { serial: '0001' } },
    'ambiguous: tentacle 2731: ttyUSB0 at 3-2 and ttyUSB1 at 3-3 both have usb serial 0001; say `usb: { location: … }` as well',
  ],
  [
    'another board on the path',
    { port: dev('ttyACM2'), usb: { serial: 'e463' } },
    'missing: ttyACM2: another board is on this port: it has usb serial 3254 and usb location 3-1.2, the lab file says usb serial e463',
  ],
  [
    'nothing to go by',
    {},
    'missing: tentacle 2731: the lab file says neither `usb:` nor `port:`, so it can not be found',
  ],
])('what is not found is explained: %s', (_, where, expected) => {
  expect(find(where)).toBe(expected);
});

test('without any port that is said, too', () => {
  const found = findPort({ id: 'x', port: '/dev/ttyACM0' }, { sys: '/nowhere', dev: '/nowhere' });
  expect(found.ok ? '' : found.fault.message).toBe(
    '/dev/ttyACM0: there is no such port; no serial port is connected at all',
  );
});

test('shortcuts are those of MicroPython', () => {
  expect(['a0', 'u12', 'c3', 'a', 'b0', '/dev/a0', 'a0b'].map(devicePath)).toEqual([
    '/dev/ttyACM0',
    '/dev/ttyUSB12',
    'COM3',
    'a',
    'b0',
    '/dev/a0',
    'a0b',
  ]);
});
