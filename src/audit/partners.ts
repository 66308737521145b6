/** The two streams of a test process. */
export type StreamName = 'stdout' | 'stderr';
const STREAMS = ['stdout', 'stderr'] as const;

/** Where things go, in their one order; `at` is epoch ms of their arrival. */
export interface InOrder<E> {
  text(stream: StreamName, bytes: Buffer, at: number): void;
  event(event: E, at: number): void;
  /** The order could not be kept from here on back, and why: for the run's log. */
  lost(why: string): void;
}

/** More than so many bytes are not held for a partner that does not come. */
const MOST_HELD = 1024 * 1024;
/** Nor so many markers and events: they cost memory, too. */
const MOST_WAITING = 10_000;

type Waiting = { readonly bytes: Buffer; readonly at: number } | { readonly marker: number };

/**
 * Puts the text of two streams and the events of a channel into one order. Things go out as they arrive, but where an event
 * carries a mark: it goes out after all text that stands before that marker in either stream, and before all that follows.
 *
 *     stdout  a a a ◆7 b b          ┐
 *     stderr  x ◆7 y                ├─▶  a a a x  event 7  b b y
 *     events  {…, mark: 7}          ┘
 *
 * What waits for a partner waits here, and nobody waits for it: the text is held up to 1 MB, and goes out when the partner can
 * not come any more (a later number did, or the end).
 */
export class Partners<E extends { readonly mark?: number }> {
  readonly #out: InOrder<E>;
  /** Empty, or with a marker in front. */
  readonly #waiting: Record<StreamName, Waiting[]> = { stdout: [], stderr: [] };
  readonly #events: { readonly event: E; readonly at: number }[] = [];
  #held = 0;

  constructor(out: InOrder<E>) {
    this.#out = out;
  }

  text(stream: StreamName, bytes: Buffer, at: number): void {
    const waiting = this.#waiting[stream];
    if (waiting.length === 0) return this.#out.text(stream, bytes, at);
    // A copy: a view would keep the whole chunk alive.
    waiting.push({ bytes: Buffer.from(bytes), at });
    this.#held += bytes.length;
    this.#bound();
  }

  marker(stream: StreamName, marker: number): void {
    this.#waiting[stream].push({ marker });
    this.#settle();
    this.#bound();
  }

  event(event: E, at: number): void {
    this.#events.push({ event, at });
    this.#settle();
    this.#bound();
  }

  /** Nothing more will come: all goes out, as well in order as can be told. */
  end(): void {
    while (this.#events.length > 0) {
      const { event, at } = this.#events.shift()!;
      const { mark } = event;
      if (mark !== undefined) for (const stream of STREAMS) this.#through(stream, mark - 1);
      this.#out.event(event, at);
      if (mark !== undefined) for (const stream of STREAMS) this.#through(stream, mark);
    }
    for (const stream of STREAMS) this.#through(stream, Number.POSITIVE_INFINITY);
  }

  /** Lets out what no longer waits for anybody. */
  #settle(): void {
    for (;;) {
      const first = this.#events[0];
      if (first === undefined) return;
      const { mark } = first.event;
      if (mark !== undefined) {
        // Events come in order, so the partner of a lower marker will not come any more.
        for (const stream of STREAMS) this.#through(stream, mark - 1);
        if (!STREAMS.every((stream) => this.#waiting[stream].length > 0)) return;
        for (const stream of STREAMS) if (this.#frontMarker(stream) === mark) this.#waiting[stream].shift();
      }
      this.#events.shift();
      this.#out.event(first.event, first.at);
      if (mark !== undefined) for (const stream of STREAMS) this.#flow(stream);
    }
  }

  /** Passes over markers up to this number, and lets the text behind them out. */
  #through(stream: StreamName, marker: number): void {
    while (this.#waiting[stream].length > 0 && this.#frontMarker(stream) <= marker) {
      this.#waiting[stream].shift();
      this.#flow(stream);
    }
  }

  #frontMarker(stream: StreamName): number {
    const front = this.#waiting[stream][0];
    return front !== undefined && 'marker' in front ? front.marker : -1;
  }

  /** Lets out text up to the next marker. */
  #flow(stream: StreamName): void {
    const waiting = this.#waiting[stream];
    for (;;) {
      const front = waiting[0];
      if (front === undefined || 'marker' in front) return;
      waiting.shift();
      this.#held -= front.bytes.length;
      this.#out.text(stream, front.bytes, front.at);
    }
  }

  #bound(): void {
    const waiting = this.#waiting.stdout.length + this.#waiting.stderr.length + this.#events.length;
    if (this.#held <= MOST_HELD && waiting <= MOST_WAITING) return;
    this.end();
    this.#out.lost(
      'A marker waited for its partners in vain: what was held goes on in the order of its arrival.',
    );
  }
}
