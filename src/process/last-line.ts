import { stripVTControlCharacters } from 'node:util';
import { evidenceLine } from '../audit/evidence.ts';

/** Of a line, so many characters are told. */
const MOST = 300;
/** Bytes: enough for a stack trace, below which often stand lines that tell nothing. */
const KEPT = 8192;
const NEWLINE = Buffer.from('\n');

/** Remembers the last lines of a stream, in bounded memory and without reading every byte twice. */
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

  /** The last line that has something in it. */
  get text(): string {
    return clean(this.#lines.findLast((line) => line.trim() !== '') ?? '');
  }

  /** Of the last lines, the one that tells most of a failure. */
  get evidence(): string {
    return clean(evidenceLine(this.#lines.map((line) => stripVTControlCharacters(line))) ?? '');
  }

  get #lines(): string[] {
    return this.#tail.toString().split(/[\r\n]+/u);
  }
}

/** Control characters are taken out: the text goes to terminals. */
function clean(line: string): string {
  return stripVTControlCharacters(line)
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, MOST);
}
