import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resolveFirmware } from '../../src/firmware/resolve.ts';
import type { Board } from '../../src/model/lab.ts';

const virtual: Board = {
  name: 'VIRTUAL',
  port: 'webassembly',
  mcu: 'wasm',
  driver: 'virtual',
  variants: ['', 'V127'],
  features: ['mcu'],
  usb: {},
  limits: { powerMs: 1, flashMs: 1, verifyMs: 1, setupMs: 1, teardownMs: 1 },
  perfbench: [100, 100],
};

test('the firmware of a virtual board is a file, named by its content', async () => {
  for (const [variant, version, boardVariant] of [
    ['', '1.29.0', 'VIRTUAL'],
    ['V127', '1.27.0', 'VIRTUAL-V127'],
  ] as const) {
    const firmware = await resolveFirmware(virtual, variant);
    const sha256 = createHash('sha256')
      .update(readFileSync(firmware?.path ?? ''))
      .digest('hex');
    expect(firmware).toEqual({ boardVariant, sha256, version, path: firmware?.path });
  }
});

test('nobody can build for other boards and variants', async () => {
  expect(await resolveFirmware({ ...virtual, driver: 'serial' }, '')).toBeUndefined();
  expect(await resolveFirmware(virtual, 'OTHER')).toBeUndefined();
});
