import { join } from 'node:path';
import { RunLog, type OutputStream } from '../log/run-log.ts';
import type { Outcome, TestResult } from '../model/verdict.ts';
import { OutputFile } from './disk.ts';
import { LastLine } from './last-line.ts';
import type { Masker } from '../log/mask.ts';

/** What a run printed beyond this is read and forgotten: a test that prints for an hour must not fill the disk. */
const MOST_KEPT = 256 * 1024 * 1024;
/** How much of stdout is held for results that are read from it. */
const MOST_CAPTURED = 32 * 1024 * 1024;
/** The run log is not even opened before it holds so much: most runs pass, and their log would be taken away again. */
const HELD_BACK = 16 * 1024;

/** What of a run is kept beside its verdict. */
export interface CollectorOptions {
  /** The run's directory; exists. */
  readonly directory: string;
  readonly masker: Masker;
  /** stdout is needed as a whole in the end. */
  readonly capture: boolean;
  /** Called at each output, so that somebody can say what the last line is. */
  readonly onOutput: () => void;
  /** Called once, when something could not be kept: the run is in vain. `endOutput` will throw the fault. */
  readonly onFault: () => void;
}

/**
 * Takes in what a test prints, as bytes, and keeps it: `output.txt` with both streams as they came, `run.ljsonl` with
 * everything in its order. Secrets are hidden, also across the borders of chunks. Memory is bounded, whatever comes.
 */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #output: OutputFile;
  readonly #streams;
  readonly #last = new LastLine();
  #kept = 0;
  readonly #captured: Buffer[] = [];
  #capturedBytes = 0;
  #log: RunLog | undefined;
  readonly #pending: ((log: RunLog) => void)[] = [];
  #pendingBytes = 0;
  /** Set when the disk did not take something; nothing is written from then on. */
  #fault: unknown;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#output = new OutputFile(join(options.directory, 'output.txt'));
    this.#streams = { stdout: options.masker.stream(), stderr: options.masker.stream() };
  }

  /** A piece of what the test printed. */
  push(stream: OutputStream, chunk: Buffer): void {
    if (stream === 'stdout' && this.#options.capture) this.#capture(chunk);
    this.#keep(stream, this.#streams[stream].push(chunk));
    this.#options.onOutput();
  }

  /** Something that testbed itself wants to stand in `output.txt`, such as how output differs. */
  print(text: string): void {
    this.#keep('stdout', Buffer.from(this.#options.masker.text(text)));
    this.#options.onOutput();
  }

  /** What the harness did, for `run.ljsonl`. */
  note(message: string): void {
    const at = Date.now();
    const masked = this.#options.masker.text(message);
    this.#write(masked.length, (log) => log.harness(masked, at));
  }

  test(result: TestResult): void {
    this.#write(200, (log) => log.test(result));
  }

  /** The last line with something in it, at most 300 characters; secrets hidden. */
  get lastLine(): string {
    return this.#last.text;
  }

  /** Of the last lines, the one that tells most of a failure; as `lastLine`. */
  get evidence(): string {
    return this.#last.evidence;
  }

  /** All of stdout, not masked; undefined when it was more than 32 MB. */
  get stdout(): Buffer | undefined {
    return this.#capturedBytes > MOST_CAPTURED ? undefined : Buffer.concat(this.#captured);
  }

  /** No more output will come. Throws what could not be kept, here and not in the middle of somebody's callback. */
  endOutput(): void {
    for (const stream of ['stdout', 'stderr'] as const) this.#keep(stream, this.#streams[stream].end());
    this.#throwFault();
    this.#output.close();
  }

  /** The verdict is made: `run.ljsonl` is completed, or taken away. Throws what could not be kept. */
  finish(outcome: Outcome, keep: boolean): void {
    this.#throwFault();
    if (!keep) {
      this.#log?.discard();
      return;
    }
    this.#write(Number.POSITIVE_INFINITY, (log) => log.finish(outcome));
    this.#throwFault();
  }

  /** After a fault: descriptors must not pile up in a worker that lives on. */
  abandon(): void {
    try {
      this.#output.close();
      this.#log?.close();
    } catch {
      // The fault that led here is the one to tell.
    }
  }

  #capture(chunk: Buffer): void {
    this.#capturedBytes += chunk.length;
    if (this.#capturedBytes <= MOST_CAPTURED) this.#captured.push(Buffer.from(chunk));
    else this.#captured.length = 0;
  }

  #keep(stream: OutputStream, bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#last.push(bytes);
    const before = this.#kept;
    this.#kept += bytes.length;
    if (before > MOST_KEPT) return;
    const kept = this.#kept > MOST_KEPT ? Buffer.concat([bytes, Buffer.from(CUT)]) : bytes;
    this.#attempt(() => this.#output.write(kept));
    const at = Date.now();
    this.#write(kept.length, (log) => log.output(stream, kept, at));
  }

  #write(bytes: number, action: (log: RunLog) => void): void {
    this.#attempt(() => {
      if (this.#log !== undefined) return action(this.#log);
      this.#pending.push(action);
      this.#pendingBytes += bytes;
      if (this.#pendingBytes < HELD_BACK) return;
      this.#log = RunLog.create(join(this.#options.directory, 'run.ljsonl'));
      for (const pending of this.#pending) pending(this.#log);
      this.#pending.length = 0;
    });
  }

  #attempt(action: () => void): void {
    if (this.#fault !== undefined) return;
    try {
      action();
    } catch (fault) {
      this.#fault = fault;
      this.#options.onFault();
    }
  }

  #throwFault(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }
}

const CUT = '\n[testbed: what was printed beyond this is not kept]\n';
