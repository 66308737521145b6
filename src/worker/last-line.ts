import { stripVTControlCharacters } from 'node:util';

/** Of the last line, so much is remembered. */
const MOST = 300;
/** Bytes: characters have up to four. */
const KEPT = 4 * MOST;
const NEWLINE = Buffer.from('\n');

/** Remembers the last line of a stream that has something in it, in bounded memory and without reading every byte twice. */
export class LastLine {
  #tail: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    const whole = chunk.length <= KEPT;
    const end = whole ? chunk : chunk.subarray(chunk.length - KEPT);
    // A blank chunk may end a line, but must not push one out.
    const text = /\S/u.test(end.toString('latin1'));
    const news = text ? end : chunk.includes(0x0a) ? NEWLINE : Buffer.alloc(0);
    const all = whole ? Buffer.concat([this.#tail, news]) : news;
    if (!text && all.length > KEPT) return;
    // A copy: a view would keep the whole chunk alive.
    this.#tail = Buffer.from(all.subarray(Math.max(0, all.length - KEPT)));
  }

  /** Control characters are taken out: the text goes to terminals. */
  get text(): string {
    const lines = this.#tail.toString().split(/[\r\n]+/u);
    const last = lines.findLast((line) => line.trim() !== '') ?? '';
    return stripVTControlCharacters(last)
      .replace(/\p{Cc}/gu, ' ')
      .trim()
      .slice(0, MOST);
  }
}
