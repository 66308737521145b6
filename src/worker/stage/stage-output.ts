import { closeSync, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { Masker } from '../../log/mask.ts';
import type { OutputStream } from '../../log/run-log.ts';
import { LastLine } from '../../process/last-line.ts';

/** What a stage printed beyond this, all its starts together, is read and forgotten. */
const MOST_KEPT = 16 * 1024 * 1024;
/** A longer line is looked at in pieces. */
const LONGEST_LINE = 64 * 1024;
const CUT = '\n[testbed: what was printed beyond this is not kept]\n';

/**
 * What a stage prints: `output.txt` in its directory, where each start is added at the end, secrets hidden, bounded. What can
 * not be kept harms nobody: the stage goes on, and somebody is told once.
 */
export class StageOutput {
  readonly #streams;
  readonly #last = new LastLine();
  readonly #onLine: (line: string) => void;
  readonly #onFault: (message: string) => void;
  readonly #decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  readonly #rest = { stdout: '', stderr: '' };
  #descriptor: number | undefined;
  #kept = 0;

  constructor(options: {
    /** Made, if it is not there. */
    readonly directory: string;
    readonly masker: Masker;
    /** Gets each whole line of both streams as it was printed. */
    readonly onLine?: (line: string) => void;
    readonly onFault: (message: string) => void;
  }) {
    const { directory, masker } = options;
    this.#streams = { stdout: masker.stream(), stderr: masker.stream() };
    this.#onLine = options.onLine ?? (() => undefined);
    this.#onFault = options.onFault;
    this.#attempt(() => {
      mkdirSync(directory, { recursive: true });
      this.#descriptor = openSync(join(directory, 'output.txt'), 'a');
      this.#kept = fstatSync(this.#descriptor).size;
    });
  }

  push(stream: OutputStream, chunk: Buffer): void {
    this.#keep(this.#streams[stream].push(chunk));
    const lines = (this.#rest[stream] + this.#decoders[stream].write(chunk)).split(/\r?\n/);
    const rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
    if (rest.length > LONGEST_LINE) this.#onLine(rest);
    this.#rest[stream] = rest.length > LONGEST_LINE ? '' : rest;
  }

  /** Something that testbed itself says, on a line of its own. */
  note(text: string): void {
    this.#write(Buffer.from(`[testbed: ${text}]\n`));
  }

  /** Of the last lines, the one that tells most of a failure; secrets hidden; empty if there is none. */
  get evidence(): string {
    return this.#last.evidence;
  }

  /** No more output will come. Twice is fine. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) this.#keep(this.#streams[stream].end());
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) closeSync(descriptor);
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#last.push(bytes);
    this.#write(bytes);
  }

  #write(bytes: Buffer): void {
    if (this.#kept > MOST_KEPT) return;
    this.#kept += bytes.length;
    const kept = this.#kept > MOST_KEPT ? Buffer.concat([bytes, Buffer.from(CUT)]) : bytes;
    this.#attempt(() => {
      if (this.#descriptor === undefined) return;
      for (let done = 0; done < kept.length;) done += writeSync(this.#descriptor, kept, done);
    });
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (fault) {
      this.#kept = Infinity;
      this.#onFault(`Its output can not be kept: ${(fault as Error).message}`);
    }
  }
}
