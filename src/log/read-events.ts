import {
  EVENT_FORMAT,
  type EventType,
  type ProcessIdentity,
  type SessionStarted,
  type TestbedEvent,
} from '../event/event.ts';
import { fromLine, isEventLine, typeOfLine } from '../event/wire.ts';
import { readLines, type FileLine } from './read-lines.ts';

/**
 * How a log ends.
 *
 *     first line ─ not ours, or of a newer format ─▶ foreign (nothing of it is given out)
 *         │
 *     records … ─ the last is session-finished ────▶ finished
 *         │      ─ the last is another one ────────▶ unfinished (killed, or still running)
 *         └────── ─ half a record after the last ──▶ torn (killed in the middle of a write, or still running)
 */
type Ending = 'finished' | 'unfinished' | 'torn' | 'foreign';

/** Something in a log that should not be there; `message` names the line and is a sentence for a person. */
interface LogFault {
  readonly kind: 'bad-line' | 'gap' | 'torn' | 'foreign';
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** A record as it stands in the log, and parsed if its type was asked for. */
export interface LogRecord {
  readonly line: string;
  readonly event: TestbedEvent | undefined;
}

/**
 * A log while it is read: go through it to its end, by `lines()` or `records()`, then ask how it ended. To go through it again
 * gives what was added since, half a record that was completed included.
 */
export interface EventLog {
  readonly file: string;
  /** Every whole record as its raw line, in order. Bad lines are left out and told in `faults`. Memory does not grow. */
  lines(): Generator<string, void, void>;
  /** The same, parsed where the type is wanted; a line that can not be parsed is left out and told in `faults`. */
  records(wanted: (type: EventType) => boolean): Generator<LogRecord, void, void>;
  /** Of the part that was read so far. */
  readonly ending: Ending;
  /** At most 20 are kept. */
  readonly faults: readonly LogFault[];
  /** The first record, once it was read. */
  readonly started: SessionStarted | undefined;
  /** Who wrote it last, as far as it was read: whoever began the session, or went on with it. */
  readonly writer: ProcessIdentity | undefined;
  /** The `seq` that comes after what was read. */
  readonly nextSeq: number;
}

const MOST_FAULTS = 20;

/** Opens a log for streaming passes; throws only when the file can not be opened or read. A line is never parsed here, except the first. */
export function readEvents(file: string): EventLog {
  return new EventReader(file);
}

class EventReader implements EventLog {
  readonly file: string;
  readonly faults: LogFault[] = [];
  started: SessionStarted | undefined;
  writer: ProcessIdentity | undefined;
  ending: Ending = 'unfinished';
  nextSeq = 0;
  /** False after a bad line: it took a number, and nobody can tell which. */
  #sure = true;
  #line = 0;
  /** Where the next pass begins: after so many bytes, which hold so many whole lines. */
  #passed = { bytes: 0, lines: 0 };
  /** What the last whole line says of the end. */
  #ending: Ending = 'unfinished';

  constructor(file: string) {
    this.file = file;
  }

  *records(wanted: (type: EventType) => boolean): Generator<LogRecord, void, void> {
    for (const line of this.lines()) {
      if (!wanted(typeOfLine(line))) {
        yield { line, event: undefined };
        continue;
      }
      let event: TestbedEvent;
      try {
        event = fromLine(line);
      } catch {
        this.#fault('bad-line', this.#line, `line ${this.#line} is no record: ${show(line)}`);
        continue;
      }
      yield { line, event };
    }
  }

  *lines(): Generator<string, void, void> {
    if (this.ending === 'foreign') return;
    this.#forgetTorn();
    const { bytes, lines: before } = this.#passed;
    let lines = before;
    for (const { number, ...rest } of readLines(this.file, bytes, (end) => {
      this.#passed = { bytes: end, lines };
    })) {
      const line = { ...rest, number: before + number };
      if (line.whole) lines = line.number;
      if (this.started === undefined && !this.#accepts(line)) return;
      if (!line.whole) {
        this.ending = 'torn';
        this.#fault(
          'torn',
          line.number,
          `the last record (line ${line.number}) is cut off after ${show(line.text)}`,
        );
      } else if (this.#isRecord(line)) {
        const type = typeOfLine(line.text);
        this.#end(type === 'session-finished' ? 'finished' : 'unfinished');
        if (type === 'session-resumed') this.#resumed(line.text);
        this.#line = line.number;
        yield line.text;
      } else {
        // What follows the last good record is no clean end, whatever that record was.
        this.#end('unfinished');
      }
    }
    if (this.started !== undefined) return;
    this.ending = 'torn';
    this.#fault('torn', 1, 'it is empty: the session ended before it wrote its first record');
  }

  #end(ending: Ending): void {
    this.#ending = ending;
    this.ending = ending;
  }

  /** Half a record at the end of the pass before may be a whole one by now, or may have been set aside. */
  #forgetTorn(): void {
    this.ending = this.#ending;
    const at = this.faults.findIndex(({ kind }) => kind === 'torn');
    if (at >= 0) this.faults.splice(at, 1);
  }

  #resumed(text: string): void {
    const event = parse(text);
    if (event?.type === 'session-resumed') this.writer = event.process;
  }

  #accepts(line: FileLine): boolean {
    const started = parseStarted(line.text);
    if (started !== undefined && line.whole && started.format === EVENT_FORMAT) {
      this.started = started;
      this.writer = started.process;
      return true;
    }
    if (started !== undefined && line.whole && started.format > EVENT_FORMAT)
      return this.#foreign(
        `it was written by testbed ${started.testbed} in format ${started.format}, and this testbed reads format ${EVENT_FORMAT}: update it`,
      );
    if (!line.whole && isBeginning(line.text)) {
      this.ending = 'torn';
      this.#fault('torn', 1, `its first record is cut off after ${show(line.text)}`);
      return false;
    }
    return this.#foreign(`it does not begin with a session-started record, but with ${show(line.text)}`);
  }

  #foreign(message: string): false {
    this.ending = 'foreign';
    this.#fault('foreign', 1, `this is no log of a session that can be read here: ${message}`);
    return false;
  }

  #isRecord({ text, number, utf8 }: FileLine): boolean {
    if (!utf8 || !isEventLine(text) || !text.endsWith('}')) {
      this.#fault('bad-line', number, `line ${number} is no record: ${show(text)}`);
      // The bad line took a number's place; the gap after it is the same fault.
      this.nextSeq++;
      this.#sure = false;
      return false;
    }
    const seq = seqOf(text);
    if (seq !== undefined) {
      if (this.#sure && seq !== this.nextSeq)
        this.#fault(
          'gap',
          number,
          `line ${number} is record ${seq}, where record ${this.nextSeq} was expected`,
        );
      this.nextSeq = seq + 1;
      this.#sure = true;
    }
    return true;
  }

  #fault(kind: LogFault['kind'], line: number, message: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ kind, line, message });
  }
}

const SEQ = '"seq":';

/** The `seq` of a record, read without parsing: by the wire format it is the second key. */
function seqOf(text: string): number | undefined {
  const at = text.indexOf(',') + 1;
  if (!text.startsWith(SEQ, at)) return undefined;
  const seq = Number.parseInt(text.slice(at + SEQ.length, at + SEQ.length + 16), 10);
  return Number.isNaN(seq) ? undefined : seq;
}

function parseStarted(text: string): SessionStarted | undefined {
  if (!isEventLine(text) || typeOfLine(text) !== 'session-started') return undefined;
  const event = parse(text);
  return event?.type === 'session-started' && typeof event.format === 'number' ? event : undefined;
}

function parse(text: string): TestbedEvent | undefined {
  try {
    return JSON.parse(text) as TestbedEvent;
  } catch {
    return undefined;
  }
}

function isBeginning(text: string): boolean {
  const head = '{"type":"session-started"';
  return text.startsWith(head) || head.startsWith(text);
}

/** The end of a line as evidence, safe for a terminal. */
function show(text: string): string {
  if (text === '') return 'an empty line';
  const safe = text.slice(-40).replace(/[^\x20-\x7e]/g, '.');
  return `"${text.length > 40 ? '…' : ''}${safe}"`;
}
