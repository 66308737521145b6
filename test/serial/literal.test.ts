import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBytes, pythonBytes, pythonString } from '../../src/serial/literal.ts';

test('any bytes survive the way through a literal', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const literal = pythonBytes(bytes);
      expect(literal).toMatch(/^b'[ -~]*'$/);
      expect(parseBytes(literal)).toEqual(Buffer.from(bytes));
    }),
  );
});

test.each([
  [String.raw`b"it's"`, "it's"],
  [String.raw`b'\n\r\t\\\''`, "\n\r\t\\'"],
  [String.raw`b'\\x41'`, '\\x41'],
  [`b''`, ''],
])('%s is read as MicroPython means it', (literal, text) => {
  expect(parseBytes(literal)).toEqual(Buffer.from(text));
});

test.each(['', 'None', "'text'", `b'open`, String.raw`b'\q'`])('%j is no bytes', (text) => {
  expect(parseBytes(text)).toBeUndefined();
});

test('text outside ASCII is escaped', () => {
  expect(pythonString(`/it's \\ ö\n🐙`)).toBe(String.raw`'/it\'s \\ \U000000f6\x0a\U0001f419'`);
});
