import { statSync } from 'node:fs';
import type { EventType, TestbedEvent } from '../event/event.ts';
import { fromLine, typeOfLine } from '../event/wire.ts';
import { readLines } from '../log/read-lines.ts';
import type { Outlet } from './outlet/outlet.ts';
import type { Renderer } from './renderer.ts';

/**
 * A renderer whose reader wants every record, however slowly it reads: while too much waits, nothing is kept in memory; what
 * was missed is read again from the log on disk.
 *
 *     live ── the outlet is full ──▶ behind (from a place in the log) ── read up to the log's end ──▶ live
 *
 * The log is always ahead: a record is written there before anybody is told. Where it may be further ahead than by the line that
 * is told, it is always behind, and a line that is told means that there is more to read.
 */
export class FromLog implements Renderer {
  readonly #inner: Renderer;
  readonly #outlet: Outlet;
  readonly #file: string;
  readonly #isLast: boolean;
  /** Where in the log the first record that was missed begins, bytes; undefined: nothing was missed. */
  #behindFrom: number | undefined;
  /** All was read that the log held a moment ago. */
  #caughtUp = false;
  #reading = false;

  /** @param log the session's `events.jsonl`, and whether the line that is shown is always its last */
  constructor(
    inner: Renderer,
    outlet: Outlet,
    { file, isLast }: { readonly file: string; readonly isLast: boolean },
  ) {
    this.#inner = inner;
    this.#outlet = outlet;
    this.#file = file;
    this.#isLast = isLast;
    outlet.watch(() => this.#catchUp());
  }

  get types(): 'all' | readonly EventType[] {
    return this.#inner.types;
  }

  onLine(line: string): void {
    if (this.#behindFrom !== undefined) {
      if (!this.#isLast) this.#catchUp();
    } else if (!this.#isLast) {
      this.#behindFrom = this.#placeOf(line);
      this.#catchUp();
    } else if (this.#outlet.congested) this.#behindFrom = this.#placeOf(line);
    else this.#inner.onLine?.(line);
  }

  onEvent(event: TestbedEvent, line: string): void {
    if (this.#behindFrom === undefined) this.#inner.onEvent(event, line);
  }

  onPast(event: TestbedEvent): void {
    this.#inner.onPast?.(event);
  }

  /** What is missing is written when the outlet comes to its end: nobody else is to wait for its reader. */
  async finish(): Promise<void> {
    this.#outlet.atEnd(() => this.#finishLate());
  }

  async #finishLate(): Promise<void> {
    this.#caughtUp = this.#behindFrom === undefined;
    while (!this.#caughtUp && (await this.#outlet.room())) this.#catchUp();
    // What nobody reads any more is told by the outlet, when it is closed.
    if (this.#caughtUp) await this.#inner.finish();
  }

  /** Where a line of the log begins, bytes. */
  #placeOf(line: string): number {
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#isLast) return statSync(this.#file).size - bytes;
    let place = 0;
    for (const { text } of readLines(this.#file, 0)) {
      if (text === line) return place;
      place += Buffer.byteLength(text) + 1;
    }
    throw new Error(`Internal error: expected a line of ${this.#file}, was ${line.slice(0, 80)}`);
  }

  #catchUp(): void {
    // What is written here may call back to here.
    if (this.#behindFrom === undefined || this.#reading || !this.#outlet.roomy) return;
    this.#reading = true;
    try {
      this.#readOn(this.#behindFrom);
    } finally {
      this.#reading = false;
    }
  }

  #readOn(from: number): void {
    this.#behindFrom = from;
    this.#caughtUp = false;
    let torn = false;
    for (const { text, whole } of readLines(this.#file, from)) {
      if (this.#outlet.congested || this.#outlet.closed) return;
      torn = !whole;
      if (torn) break;
      this.#behindFrom += Buffer.byteLength(text) + 1;
      this.#inner.onLine?.(text);
      const { types } = this.#inner;
      if (types === 'all' || types.includes(typeOfLine(text))) this.#inner.onEvent(fromLine(text), text);
    }
    this.#caughtUp = true;
    if (this.#isLast && !torn) this.#behindFrom = undefined;
  }
}
