/** A Python bytes literal of printable ASCII, such as `b'\x00A'`. */
export function pythonBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += LITERALS[byte] ?? '';
  return `b'${text}'`;
}

const LITERALS = Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x27 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
});

/** A Python string literal; code points above ASCII are escaped. */
export function pythonString(text: string): string {
  const escaped = Array.from(text, (letter) => {
    const code = letter.codePointAt(0) ?? 0;
    return code < 0x80 ? (LITERALS[code] ?? '') : `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return `'${escaped.join('')}'`;
}

const SHORT: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, "'": 0x27, '"': 0x22, '\\': 0x5c };
const BYTES = /^b(['"])(.*)\1$/s;
const PART = /\\x([0-9a-f]{2})|\\(.)|([^\\]+)/gs;

/** The bytes of what MicroPython prints as `repr()` of bytes; undefined when it is none. */
export function parseBytes(literal: string): Buffer | undefined {
  const body = BYTES.exec(literal)?.[2];
  if (body === undefined) return undefined;
  const parts: Buffer[] = [];
  for (const [, hex, short, plain] of body.matchAll(PART)) {
    if (plain !== undefined) parts.push(Buffer.from(plain, 'latin1'));
    else {
      const byte = hex === undefined ? SHORT[short ?? ''] : Number.parseInt(hex, 16);
      if (byte === undefined) return undefined;
      parts.push(Buffer.of(byte));
    }
  }
  return Buffer.concat(parts);
}
