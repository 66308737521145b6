import type { TestbedEvent } from '../event/event.ts';
import { toLine, withSeq } from '../event/wire.ts';
import { JournalFault, type Journal } from '../log/journal.ts';
import type { Overlord } from '../overlord/overlord.ts';

/**
 * The one place where events get their order: journal first, then the overlord, then who listens. So whatever anybody was
 * told is in the log. When the journal fails, nothing more is told to anybody, until `tryAgain`.
 */
export class Recorder {
  readonly #journal: Journal;
  readonly #overlord: Overlord;
  readonly #emit: (line: string, event: TestbedEvent) => void;
  readonly #onFault: (fault: JournalFault) => void;
  readonly #untold: TestbedEvent[] = [];
  #seq: number;
  #fault: JournalFault | undefined;
  #muted = false;

  constructor(request: {
    readonly journal: Journal;
    readonly overlord: Overlord;
    /** Of the first record that is made here. */
    readonly nextSeq: number;
    readonly emit: (line: string, event: TestbedEvent) => void;
    /** Called once, at the first record that could not be kept. */
    readonly onFault: (fault: JournalFault) => void;
  }) {
    this.#journal = request.journal;
    this.#overlord = request.overlord;
    this.#emit = request.emit;
    this.#onFault = request.onFault;
    this.#seq = request.nextSeq;
  }

  /** The first record that could not be kept. */
  get fault(): JournalFault | undefined {
    return this.#fault;
  }

  /** Records an event of the dispatcher; false when it could not be kept. */
  record(event: TestbedEvent): boolean {
    const at = Date.now();
    return this.#keep(toLine({ ...event, seq: this.#seq }, at), { ...event, seq: this.#seq, at });
  }

  /** Records an event that came as a line; its own time stands. */
  recordLine(line: string, event: TestbedEvent): boolean {
    return this.#keep(withSeq(line, this.#seq), { ...event, seq: this.#seq });
  }

  /** Records an event that the log must not end without: when it has no room now, `tryAgain` tries again. */
  recordSurely(event: TestbedEvent): void {
    if (!this.record(event)) this.#untold.push(event);
  }

  /** At the end, when processes are gone and perhaps there is space again. */
  tryAgain(): void {
    this.#muted = false;
    for (const event of this.#untold.splice(0)) this.record(event);
  }

  close(): void {
    this.#journal.close();
  }

  #keep(line: string, event: TestbedEvent): boolean {
    if (this.#muted) return false;
    try {
      this.#journal.append(line);
    } catch (error) {
      if (!(error instanceof JournalFault)) throw error;
      this.#muted = true;
      if (this.#fault === undefined) {
        this.#fault = error;
        this.#onFault(error);
      }
      return false;
    }
    this.#seq++;
    this.#overlord.apply(event);
    this.#emit(line, event);
    return true;
  }
}
