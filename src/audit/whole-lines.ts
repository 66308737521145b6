import type { Ms } from '../model/ids.ts';
import type { StreamName } from './partners.ts';

/** A longer line goes out in pieces. */
const LONGEST_HELD = 64 * 1024;
const NEWLINE = 0x0a;

/** The beginning of a line, whose rest has not come. */
interface Begun {
  readonly bytes: Buffer;
  readonly at: number;
}

/**
 * Keeps lines whole where two streams flow into one: the beginning of a line waits for its newline, until somebody lets it
 * out, or it is longer than 64 KB.
 */
export class WholeLines {
  readonly #out: (stream: StreamName, bytes: Buffer, at: number) => void;
  readonly #begun: Partial<Record<StreamName, Begun>> = {};

  constructor(out: (stream: StreamName, bytes: Buffer, at: number) => void) {
    this.#out = out;
  }

  /** Bytes as they came, at epoch ms `at`. */
  push(stream: StreamName, bytes: Buffer, at: number): void {
    const begun = this.#begun[stream];
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    const held = (end === 0 ? (begun?.bytes.length ?? 0) : 0) + bytes.length - end;
    if (held === 0 || held > LONGEST_HELD) {
      delete this.#begun[stream];
      if (begun !== undefined) this.#out(stream, begun.bytes, begun.at);
      return this.#out(stream, bytes, at);
    }
    const rest = bytes.subarray(end);
    if (end === 0) {
      const all = begun ? Buffer.concat([begun.bytes, rest]) : Buffer.from(rest);
      this.#begun[stream] = { bytes: all, at: begun?.at ?? at };
      return;
    }
    this.#begun[stream] = { bytes: Buffer.from(rest), at };
    const whole = bytes.subarray(0, end);
    this.#out(stream, begun ? Buffer.concat([begun.bytes, whole]) : whole, begun?.at ?? at);
  }

  /** The beginning of a line waits. */
  get waits(): boolean {
    return this.#begun.stdout !== undefined || this.#begun.stderr !== undefined;
  }

  /** Lets out what has waited so long by the clock (epoch ms), or since before it was set back; all of it, if that is not said. */
  flush(old?: { readonly ms: Ms; readonly now: number }): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const begun = this.#begun[stream];
      if (begun === undefined) continue;
      if (old !== undefined && begun.at > old.now - old.ms && begun.at <= old.now) continue;
      delete this.#begun[stream];
      this.#out(stream, begun.bytes, begun.at);
    }
  }
}
