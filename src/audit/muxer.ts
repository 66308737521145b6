import type { ChannelEvent } from './channel-line.ts';
import { MarkerSplitter, type Piece } from './marker.ts';
import { Partners, type InOrder, type StreamName } from './partners.ts';
import { WholeLines } from './whole-lines.ts';

/**
 * One order for all that a test process says: bytes of two streams, and events of its channel. Markers are taken out, events
 * stand where their markers stood, and lines stay whole.
 *
 *     stdout ─▶ MarkerSplitter ─┐
 *     stderr ─▶ MarkerSplitter ─┼─▶ Partners ─┬─▶ WholeLines ─▶ out.text
 *     events ───────────────────┘             └───────────────▶ out.event
 */
export class Muxer {
  readonly #splitters: Readonly<Record<StreamName, MarkerSplitter>> | undefined;
  readonly #partners: Partners<ChannelEvent>;
  readonly #lines: WholeLines;

  /** @param marker what each marker begins with; undefined: there are none */
  constructor(out: InOrder<ChannelEvent>, marker?: string) {
    this.#splitters =
      marker === undefined
        ? undefined
        : { stdout: new MarkerSplitter(marker), stderr: new MarkerSplitter(marker) };
    this.#lines = new WholeLines((stream, bytes, at) => out.text(stream, bytes, at));
    this.#partners = new Partners({
      text: (stream, bytes, at) => this.#lines.push(stream, bytes, at),
      event: (event, at) => {
        // What was printed before stands before, be its line whole or not.
        if (event.mark !== undefined) this.#lines.flush();
        out.event(event, at);
      },
      lost: (why) => out.lost(why),
    });
  }

  /** Bytes as they came, at epoch ms `at`. */
  push(stream: StreamName, bytes: Buffer, at: number): void {
    if (this.#splitters === undefined) this.#partners.text(stream, bytes, at);
    else this.#pieces(stream, this.#splitters[stream].push(bytes), at);
  }

  /** An event of the channel, which came at epoch ms `at`. */
  event(event: ChannelEvent, at: number): void {
    this.#partners.event(event, at);
  }

  /** The beginning of a line waits for its rest. */
  get waits(): boolean {
    return this.#lines.waits;
  }

  /** Lets out beginnings of lines, as `WholeLines` does. */
  flush(old?: Parameters<WholeLines['flush']>[0]): void {
    this.#lines.flush(old);
  }

  /** Nothing more will come, at epoch ms `at`. */
  end(at: number): void {
    if (this.#splitters !== undefined) {
      for (const stream of ['stdout', 'stderr'] as const)
        this.#pieces(stream, this.#splitters[stream].end(), at);
    }
    this.#partners.end();
    this.#lines.flush();
  }

  #pieces(stream: StreamName, pieces: readonly Piece[], at: number): void {
    for (const piece of pieces) {
      if ('marker' in piece) this.#partners.marker(stream, piece.marker);
      else this.#partners.text(stream, piece.bytes, at);
    }
  }
}
