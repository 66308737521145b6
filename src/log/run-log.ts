import { rmSync } from 'node:fs';
import { isUtf8 } from 'node:buffer';
import type { Outcome, TestResult } from '../model/verdict.ts';
import { Journal } from './journal.ts';

/** Output is kept in pieces of at most so many bytes. */
export const LONGEST_OUTPUT = 64 * 1024;

/** What a record of `run.ljsonl` holds, by the digit on the line before it; `0` is the end and holds `null`. */
export const RUN_RECORD = { end: 0, verdict: 1, harness: 2, test: 3, output: 4 } as const;

/** The digit line of a record. */
export type RunLevel = (typeof RUN_RECORD)[keyof typeof RUN_RECORD];

/** Which of its two streams a test process wrote to. */
export type OutputStream = 'stdout' | 'stderr';

/** A line of what the harness itself did for a run: a phase, a limit that was hit, what was killed. */
interface HarnessRecord {
  readonly at: number;
  readonly message: string;
}

/** A piece of a stream of the test process: `text`, or `base64` where it is not UTF-8. */
export type OutputRecord = { readonly at: number; readonly stream: OutputStream } & (
  { readonly text: string } | { readonly base64: string }
);

/** One record of `run.ljsonl`, told apart by the digit line before it. */
export type RunRecord =
  | { readonly level: 1; readonly value: Outcome }
  | { readonly level: 2; readonly value: HarnessRecord }
  | { readonly level: 3; readonly value: TestResult }
  | { readonly level: 4; readonly value: OutputRecord };

/**
 * Writes `run.ljsonl`, everything of one run: each record is a digit line and a JSON line, in one synchronous write, so
 * that a killed worker leaves all that was seen until then. Throws `JournalFault` when the disk does not take it.
 */
export class RunLog {
  readonly #file: string;
  readonly #journal: Journal;
  readonly #held: Record<OutputStream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

  private constructor(file: string) {
    this.#file = file;
    this.#journal = Journal.create(file);
  }

  /** Makes the file, which must not exist yet. */
  static create(file: string): RunLog {
    return new RunLog(file);
  }

  harness(message: string, at: number = Date.now()): void {
    this.#record({ level: RUN_RECORD.harness, value: { at, message } });
  }

  test(result: TestResult): void {
    this.#record({ level: RUN_RECORD.test, value: result });
  }

  /** Bytes as they came; a character that is cut at the end waits for its rest. */
  output(stream: OutputStream, bytes: Uint8Array, at: number = Date.now()): void {
    const all = Buffer.concat([this.#held[stream], bytes]);
    const cut = all.length - unfinishedTail(all);
    this.#held[stream] = Buffer.from(all.subarray(cut));
    this.#pieces(stream, all.subarray(0, cut), at);
  }

  /** The verdict and the end mark; nothing may follow. */
  finish(outcome: Outcome): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#pieces(stream, this.#held[stream], Date.now());
      this.#held[stream] = Buffer.alloc(0);
    }
    this.#record({ level: RUN_RECORD.verdict, value: outcome });
    this.#journal.append(`${RUN_RECORD.end}\nnull`);
    this.#journal.close();
  }

  /** Takes the file away: the run passed, and nobody asked to keep it. */
  discard(): void {
    this.#journal.close();
    rmSync(this.#file, { force: true });
  }

  /** Leaves the file as it is, without an end mark: the run was cut off. */
  close(): void {
    this.#journal.close();
  }

  #pieces(stream: OutputStream, bytes: Buffer, at: number): void {
    let start = 0;
    while (start < bytes.length) {
      let end = Math.min(start + LONGEST_OUTPUT, bytes.length);
      if (end < bytes.length) end -= unfinishedTail(bytes.subarray(start, end));
      const piece = bytes.subarray(start, end);
      const content = isUtf8(piece) ? { text: piece.toString('utf8') } : { base64: piece.toString('base64') };
      this.#record({ level: RUN_RECORD.output, value: { at, stream, ...content } });
      start = end;
    }
  }

  #record({ level, value }: RunRecord): void {
    this.#journal.append(`${level}\n${JSON.stringify(value)}`);
  }
}

/** How many bytes at the end begin a UTF-8 character that is not complete yet: 0 to 3. */
function unfinishedTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 ? 3 : 2;
    return byte < 0xf5 && length > back ? back : 0;
  }
  return 0;
}
