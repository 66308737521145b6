import { isUtf8 } from 'node:buffer';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';

/** What is wrong with bytes that should be text in UTF-8, at the first place where they are not; undefined if nothing is. */
export function explainBytes(file: string, kind: string, bytes: Buffer): Diagnostic | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return {
      severity: 'error',
      message: `this is text in UTF-16; a ${kind} is in UTF-8`,
      source: { file, text: new TextDecoder(first === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes) },
      range: { offset: 0, length: 1 },
      suggestion: 'save it as UTF-8, or: iconv -f UTF-16 -t UTF-8',
    };
  const nul = bytes.indexOf(0);
  if (nul !== -1)
    return { ...at(file, bytes, nul), message: `this is a NUL byte, so the file is no text, and no ${kind}` };
  if (isUtf8(bytes)) return undefined;
  return {
    ...at(file, bytes, firstNoUtf8(bytes)),
    message: `this is no letter of UTF-8, so the file is no ${kind}`,
    suggestion: 'if it is text, save it as UTF-8, or: iconv -f LATIN1 -t UTF-8',
  };
}

/** A fault at a byte. What stands behind it is shown as Latin-1, where every byte is a letter. */
function at(file: string, bytes: Buffer, byte: number) {
  const before = new TextDecoder().decode(bytes.subarray(0, byte));
  const text = before + new TextDecoder('latin1').decode(bytes.subarray(byte));
  return { severity: 'error', source: { file, text }, range: { offset: before.length, length: 1 } } as const;
}

/** The offset of the first byte that is not part of a letter, found by halving. */
function firstNoUtf8(bytes: Buffer): number {
  let good = '';
  let most = bytes.length + 1;
  for (let least = 0; most - least > 1;) {
    const middle = Math.floor((least + most) / 2);
    try {
      // `stream` lets the bytes end in the middle of a letter, which then is not decoded.
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      good = decoder.decode(bytes.subarray(0, middle), { stream: true });
      least = middle;
    } catch {
      most = middle;
    }
  }
  return Buffer.byteLength(good);
}
