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
 * The log is always ahead: a record is written there before anybody is told.
 */
export class FromLog implements Renderer {
  readonly #inner: Renderer;
  readonly #outlet: Outlet;
  readonly #file: string;
  /** Where in the log the first record that was missed begins, bytes; undefined: nothing was missed. */
  #behindFrom: number | undefined;
  #reading = false;

  /** @param file the session's `events.jsonl` */
  constructor(inner: Renderer, outlet: Outlet, file: string) {
    this.#inner = inner;
    this.#outlet = outlet;
    this.#file = file;
    outlet.watch(() => this.#catchUp());
  }

  get types(): 'all' | readonly EventType[] {
    return this.#inner.types;
  }

  onLine(line: string): void {
    if (this.#behindFrom !== undefined) return;
    if (this.#outlet.congested) this.#behindFrom = statSync(this.#file).size - Buffer.byteLength(line) - 1;
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
    while (this.#behindFrom !== undefined && (await this.#outlet.room())) this.#catchUp();
    // What nobody reads any more is told by the outlet, when it is closed.
    if (this.#behindFrom === undefined) await this.#inner.finish();
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
    for (const { text, whole } of readLines(this.#file, from)) {
      if (!whole || this.#outlet.congested || this.#outlet.closed) return;
      this.#behindFrom += Buffer.byteLength(text) + 1;
      this.#inner.onLine?.(text);
      const { types } = this.#inner;
      if (types === 'all' || types.includes(typeOfLine(text))) this.#inner.onEvent(fromLine(text), text);
    }
    this.#behindFrom = undefined;
  }
}
