import type { EventType, TestbedEvent } from '../event/event.ts';
import type { RunId } from '../model/ids.ts';
import type { Writable } from 'node:stream';

/**
 * Turns events into output. It decides nothing: whatever it shows can be made again from the log. A renderer that throws
 * is taken out of the show; the session goes on.
 */
export interface Renderer {
  /** The event types that it wants parsed; a line whose type nobody wants is never parsed. */
  readonly types: 'all' | readonly EventType[];
  /** One event of a wanted type, after the totals took it in. */
  onEvent(event: TestbedEvent, line: string): void;
  /** What happened before the session was resumed: to be known, not to be shown again. */
  onPast?(event: TestbedEvent): void;
  /** Every raw line, wanted or not, parsed or not. */
  onLine?(line: string): void;
  /** The last line that a run printed; comes and goes, and is not in the log. */
  onProgress?(run: RunId, text: string): void;
  /** What whoever watches should know now, such as that Ctrl-C was heard; where nobody takes it, it is a line on stderr. */
  onNote?(text: string): void;
  /** It was taken out, or the process is about to end by a bug: leave a terminal in order, at once. */
  abandon?(): void;
  /** The session is over, or its log is at its end: leave the screen in order. */
  finish(): Promise<void>;
}

/** What renderers need to know of the stream that they write to. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** What renderers read of the totals; `Overlord` is one. */
export interface Totals {
  readonly counters: {
    readonly P: number;
    readonly F: number;
    readonly A: number;
    readonly R: number;
    readonly T: number;
  };
  /** Attempts under way that somebody asked for by hand; in none of the counters. */
  readonly again: number;
  /** What failed so far, in the order in which it ended. */
  readonly failures: readonly {
    readonly run: RunId;
    readonly verdict: string;
    readonly reason?: string;
    readonly cause?: string;
  }[];
  /** Ms until the end by what is known now; undefined while nothing is. */
  etaMs(now: number): number | undefined;
}
