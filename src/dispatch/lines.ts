import type { Readable } from 'node:stream';

/** Records never hold output, so a longer line is none of ours; it also bounds the memory. */
const LONGEST = 16 * 1024 * 1024;
/** So much of what a worker printed is kept as evidence, should it die. */
const TAIL = 4000;
const TAIL_LINES = 4;
/** How Node begins what it says of an exception or of its own end; stack and details follow. */
const SAID_BY_NODE = /^(\w*Error\b|Uncaught|FATAL ERROR)/;

/** Calls `take` with each whole line of a stream, without its newline. What stands after the last newline is not told. */
export function eachLine(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
    if (rest.length > LONGEST) {
      take(rest);
      rest = '';
    }
  });
}

/** The end of a text that comes in pieces. */
export class Tail {
  #text = '';

  push(text: string): void {
    this.#text = (this.#text + text).slice(-TAIL);
  }

  /** As much of it as is kept. */
  get all(): string {
    return this.#text;
  }

  /** The lines that say why, if they can be told, else the last that say something; undefined when there are none. */
  get text(): string | undefined {
    const lines = this.#text.split('\n').filter((line) => line.trim() !== '');
    const said = lines.findLastIndex((line) => SAID_BY_NODE.test(line));
    const from = said === -1 ? Math.max(0, lines.length - TAIL_LINES) : said;
    return lines.length === 0 ? undefined : lines.slice(from, from + TAIL_LINES).join('\n');
  }
}
