import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { loadLab } from '../../src/config/load.ts';
import { formatDiagnostic } from '../../src/diagnostic/format.ts';

const scratch = mkdtempSync(path.join(os.tmpdir(), 'testbed-mutation-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

// The comments of the example are most of it, and hide the keys from the mutations.
const example = readFileSync('testbed.yaml.example', 'utf8')
  .replaceAll(/^ *# .*\n/gm, '')
  .concat(
    `  2731: &pico\n    board: RPI_PICO2\n    usb: { serial: e463, location: 3-1.4 }\n    features: [extmod_hardware]\n    relays: { extmod_hardware: [2, 3] }\n` +
      `  b: { <<: *pico, usb: { serial: e464 }, tags: { tier: 1 } }\n` +
      `boards:\n  OUR: { port: rp2, mcu: x, variants: ["", A], limits: { power: 5s } }\n` +
      `expect:\n  - { test: a*, reason: b, boards: [VIRTUAL] }\n`,
  );
const TOKENS = [
  '[',
  ']',
  '{',
  '}',
  ':',
  '\n',
  '\t',
  '- ',
  '"',
  "'",
  '&a ',
  '*a',
  '<<: ',
  '${x}',
  '#',
  '!',
  '|',
  '\u0000',
  '0',
  'null',
  '~',
  'ü',
  '%',
  '? ',
  ',',
];

const mutation = fc.record({
  at: fc.nat(example.length - 1),
  cut: fc.nat(12),
  put: fc.oneof(fc.constantFrom(...TOKENS), fc.string({ maxLength: 4 })),
});

test('whatever is typed into a lab file: no crash, and every fault has a place that exists', async () => {
  const file = path.join(scratch, 'testbed.yaml');
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
      let text = example;
      for (const { at, cut, put } of mutations) text = text.slice(0, at) + put + text.slice(at + cut);
      writeFileSync(file, text);
      const loaded = await loadLab({ cwd: scratch, env: {} });
      const diagnostics = loaded.ok ? loaded.warnings : loaded.faults;
      if (!loaded.ok) expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
      const told = new Set<string>();
      for (const diagnostic of diagnostics) {
        const { source, range } = diagnostic;
        if (source?.text === '') continue; // not even text
        expect(range, diagnostic.message).toBeDefined();
        expect(range?.offset).toBeGreaterThanOrEqual(0);
        expect((range?.offset ?? 0) + (range?.length ?? 0)).toBeLessThanOrEqual(source?.text.length ?? 0);
        told.add(formatDiagnostic(diagnostic, { color: false, cwd: scratch }));
      }
      expect(told.size).toBe(diagnostics.filter(({ source }) => source?.text !== '').length);
    }),
    { numRuns: 400 },
  );
});
