import type { TestResult } from '../model/verdict.ts';
import type { Collected } from './collected.ts';
import type { UniquePaths } from './paths.ts';
import { TapReader } from './tap.ts';

/** No line of TAP is longer; of one that is, only the beginning is read. */
const LONGEST_LINE = 64 * 1024;
const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);

/** Reads TAP from bytes while they come, in bounded memory, and puts each test where it stands among them. */
export class TapLines {
  readonly #reader: TapReader;
  readonly #found: TestResult[];
  #rest: Buffer = EMPTY;
  #ended: Collected | undefined;

  static async open(paths: UniquePaths): Promise<TapLines> {
    const found: TestResult[] = [];
    return new TapLines(await TapReader.open((test) => found.push(test), paths), found);
  }

  private constructor(reader: TapReader, found: TestResult[]) {
    this.#reader = reader;
    this.#found = found;
  }

  /** The same bytes, cut where tests became certain, with these tests in between. */
  *push(bytes: Buffer): Generator<Buffer | TestResult, void, void> {
    let kept = 0;
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, from);
      if (end < 0) break;
      this.#hold(bytes.subarray(from, end));
      this.#line();
      if (this.#found.length > 0) {
        // They were certain once this line came: they are of lines above it.
        if (from > kept) yield bytes.subarray(kept, from);
        kept = from;
        yield* this.#found.splice(0);
      }
      from = end + 1;
    }
    this.#hold(bytes.subarray(from));
    if (bytes.length > kept) yield bytes.subarray(kept);
  }

  /** No more bytes will come: the last line needs no newline. Gives the tests that are certain now. */
  end(): readonly TestResult[] {
    if (this.#rest.length > 0) this.#line();
    this.#ended = this.#reader.end();
    return this.#found.splice(0);
  }

  /** What all of it comes to, once it has ended. */
  get collected(): Collected {
    if (this.#ended === undefined) throw new Error('Internal error: expected TAP to have ended, was open');
    return this.#ended;
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const more = bytes.subarray(0, LONGEST_LINE - this.#rest.length);
    this.#rest = this.#rest.length === 0 ? Buffer.from(more) : Buffer.concat([this.#rest, more]);
  }

  #line(): void {
    const line = this.#rest.toString();
    this.#rest = EMPTY;
    this.#reader.line(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
