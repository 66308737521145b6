import { join } from 'node:path';
import type { ChannelEvent } from '../audit/channel-line.ts';
import { Muxer } from '../audit/muxer.ts';
import type { TapLines } from '../audit/tap-lines.ts';
import type { Masker } from '../log/mask.ts';
import { RunLog, type OutputStream } from '../log/run-log.ts';
import type { Outcome, TestResult } from '../model/verdict.ts';
import { OutputFile } from './disk.ts';
import { LastLine } from '../process/last-line.ts';

/** What a run printed beyond this is read and forgotten: a test that prints for an hour must not fill the disk. */
const MOST_KEPT = 256 * 1024 * 1024;
/** The same for what it notes on its event channel, where nobody looks for so much. */
const MOST_NOTED = 16 * 1024 * 1024;
/** How much of stdout is held for results that are read from it. */
const MOST_CAPTURED = 32 * 1024 * 1024;
/** The run log is not even opened before it holds so much: most runs pass, and their log would be taken away again. */
const HELD_BACK = 16 * 1024;
/** So long the beginning of a line waits for its rest before it is kept without. */
const HALF_LINE_MS = 100;

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

/** What is read of a run's output while it comes. */
export interface Listening {
  /** What each marker in the output begins with. */
  readonly marker: string;
  /** Reads stdout as TAP. */
  readonly tap: TapLines | undefined;
  /** A test of TAP became certain; called where it stands in the output. */
  readonly onTest: (test: TestResult) => void;
  /** An event of the channel, called where it stands in the output. */
  readonly onEvent: (event: ChannelEvent) => void;
}

/**
 * Takes in what a test says, as bytes, and keeps it: `output.txt` with both streams, `run.ljsonl` with everything, both in the
 * muxer's order. Secrets are hidden, also across the borders of chunks. Memory is bounded, whatever comes.
 */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #output: OutputFile;
  readonly #streams;
  readonly #last = new LastLine();
  #muxer: Muxer;
  #listening: Listening | undefined;
  #halfLine: NodeJS.Timeout | undefined;
  #kept = 0;
  #noted = 0;
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
    this.#muxer = this.#newMuxer();
  }

  /** From here on, before anything was printed, output is read while it comes. */
  listen(listening: Listening): void {
    this.#listening = listening;
    this.#muxer = this.#newMuxer(listening.marker);
  }

  /** A piece of what the test printed. */
  push(stream: OutputStream, chunk: Buffer): void {
    this.#muxer.push(stream, chunk, Date.now());
    if (this.#muxer.waits) this.#halfLine ??= setTimeout(() => this.#flushOld(), HALF_LINE_MS);
    this.#options.onOutput();
  }

  /** Something that the test said on its event channel. */
  event(event: ChannelEvent): void {
    this.#muxer.event(event, Date.now());
  }

  /** Something that testbed itself wants to stand in `output.txt`, such as how output differs. */
  print(text: string): void {
    this.#muxer.flush();
    this.#keep('stdout', Buffer.from(this.#options.masker.text(text)), Date.now());
    this.#options.onOutput();
  }

  /** What the harness did, for `run.ljsonl`. */
  note(message: string): void {
    const at = Date.now();
    const masked = this.#options.masker.text(message);
    this.#write(masked.length, (log) => log.harness(masked, at));
  }

  /** What the test notes of itself, for `run.ljsonl`; as with its output, not without end. */
  noted(message: string): void {
    const before = this.#noted;
    this.#noted += message.length;
    if (before > MOST_NOTED) return;
    this.note(message);
    if (this.#noted > MOST_NOTED) this.note('[testbed: what the test noted beyond this is not kept]');
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
    clearTimeout(this.#halfLine);
    this.#muxer.end(Date.now());
    for (const test of this.#listening?.tap?.end() ?? []) this.#listening?.onTest(test);
    this.#listening = undefined;
    for (const stream of ['stdout', 'stderr'] as const)
      this.#keep(stream, this.#streams[stream].end(), Date.now());
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
    clearTimeout(this.#halfLine);
    try {
      this.#output.close();
      this.#log?.close();
    } catch {
      // The fault that led here is the one to tell.
    }
  }

  #newMuxer(marker?: string): Muxer {
    return new Muxer(
      {
        text: (stream, bytes, at) => this.#ordered(stream, bytes, at),
        event: (event) => this.#listening?.onEvent(event),
        lost: (why) => this.note(why),
      },
      marker,
    );
  }

  #flushOld(): void {
    this.#halfLine = undefined;
    this.#muxer.flush({ ms: HALF_LINE_MS, now: Date.now() });
    if (this.#muxer.waits) this.#halfLine = setTimeout(() => this.#flushOld(), HALF_LINE_MS);
  }

  #ordered(stream: OutputStream, bytes: Buffer, at: number): void {
    if (stream === 'stdout' && this.#options.capture) this.#capture(bytes);
    const tap = stream === 'stdout' ? this.#listening?.tap : undefined;
    if (tap === undefined) return this.#mask(stream, bytes, at);
    for (const part of tap.push(bytes)) {
      if (Buffer.isBuffer(part)) this.#mask(stream, part, at);
      else this.#listening?.onTest(part);
    }
  }

  #capture(chunk: Buffer): void {
    this.#capturedBytes += chunk.length;
    if (this.#capturedBytes <= MOST_CAPTURED) this.#captured.push(Buffer.from(chunk));
    else this.#captured.length = 0;
  }

  #mask(stream: OutputStream, bytes: Buffer, at: number): void {
    this.#keep(stream, this.#streams[stream].push(bytes), at);
  }

  #keep(stream: OutputStream, bytes: Buffer, at: number): void {
    if (bytes.length === 0) return;
    this.#last.push(bytes);
    const before = this.#kept;
    this.#kept += bytes.length;
    if (before > MOST_KEPT) return;
    const kept = this.#kept > MOST_KEPT ? Buffer.concat([bytes, Buffer.from(CUT)]) : bytes;
    this.#attempt(() => this.#output.write(kept));
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
