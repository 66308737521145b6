import { SerialFault } from '../../serial/fault.ts';
import type { Ms } from '../../model/ids.ts';
import { openRepl, type Place } from '../board/place.ts';
import { broadcastLine, instanceScript, MARK, type MultitestWord } from './multitest-script.ts';

/** What an instance said to the host. */
export interface MultitestMessage {
  readonly word: MultitestWord;
  readonly argument: string;
}

/** What an instance is started with. */
export interface StartOptions {
  /** `NAME = value` lines of the instances before it. */
  readonly globals: readonly string[];
  readonly limitMs: Ms;
  readonly silenceMs: Ms;
  readonly signal: AbortSignal;
  readonly onOutput: (chunk: Buffer) => void;
  /** There may be new messages. */
  readonly onLine: () => void;
}

/** Lines that a port's own debug output adds, and that no test means. */
const NOISE = [
  'hci_number_completed_packet',
  'lld_pdu_get_tx_flush_nb HCI packet count mismatch (',
  ' ets_task(',
];

/** One board's part in a multi-test: its program, its lines, and its messages to the host. */
export class Instance {
  readonly place: Place;
  readonly number: number;
  readonly #source: string;
  readonly #lines: string[] = [];
  readonly #messages: MultitestMessage[] = [];
  #rest = '';
  #becomeReady: () => void = () => undefined;
  /** Resolves when it said `next` or `skip`, or is over. */
  readonly ready: Promise<void>;
  #running = false;
  /** An exception or a limit ended its program. */
  failed = false;
  /** Its program did not end by itself. */
  hung = false;

  constructor(place: Place, number: number, source: string) {
    this.place = place;
    this.number = number;
    this.#source = source;
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
  }

  /** Its part of the output. */
  get section(): string {
    return `--- instance${this.number} ---\n${this.#lines.join('\n')}\n`;
  }

  async reset(signal: AbortSignal): Promise<void> {
    const { setupMs } = this.place.binding.board.limits;
    await openRepl(this.place).softReset({ limitMs: setupMs, signal });
  }

  /** Runs its program to the end. Throws faults of port and board; a test that hangs or is cut off is none. */
  async start({ globals, limitMs, silenceMs, signal, onOutput, onLine }: StartOptions): Promise<void> {
    const repl = openRepl(this.place);
    const quiet = new AbortController();
    const silence = setTimeout(() => quiet.abort(), silenceMs);
    this.#running = true;
    try {
      const { stderr } = await repl.exec(instanceScript(this.#source, this.number, globals), {
        limitMs,
        signal: AbortSignal.any([signal, quiet.signal]),
        onStdout: (chunk) => {
          silence.refresh();
          onOutput(chunk);
          this.#push(decode(chunk));
          onLine();
        },
      });
      this.#push('\n', true);
      if (stderr.length > 0) {
        this.#lines.push(decode(stderr).trimEnd());
        this.failed = true;
      }
    } catch (fault) {
      if (!(fault instanceof SerialFault) || !(fault.kind === 'limit' || fault.kind === 'aborted'))
        throw fault;
      this.hung = true;
      if (!signal.aborted) {
        this.#lines.push('TIMEOUT');
        this.failed = true;
      }
    } finally {
      clearTimeout(silence);
      this.#running = false;
      this.#becomeReady();
    }
  }

  /** Messages that were not given yet; unless `all`, only up to the first `next`. */
  *messages(all: boolean): Generator<MultitestMessage> {
    for (let message = this.#messages.shift(); message !== undefined; message = this.#messages.shift()) {
      yield message;
      if (!all && message.word === 'next') return;
    }
  }

  /** Types another's broadcast to it. One that is over would take it for a program. */
  hear(message: string): void {
    if (this.#running) this.place.repl?.writeStdin(broadcastLine(message));
  }

  #push(text: string, last = false): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    // The end of the output ends its last line, and adds none.
    if (last && lines.at(-1) === '') lines.pop();
    for (const line of lines) this.#line(line.trimEnd());
  }

  #line(line: string): void {
    if (NOISE.some((noise) => line.includes(noise))) return;
    if (!line.startsWith(MARK)) {
      this.#lines.push(line);
      return;
    }
    const [word, argument = ''] = split(line.slice(MARK.length));
    this.#messages.push({ word: word as MultitestWord, argument });
    if (word === 'next' || word === 'skip') this.#becomeReady();
  }
}

function split(text: string): [string, string?] {
  const space = text.indexOf(' ');
  return space < 0 ? [text] : [text.slice(0, space), text.slice(space + 1)];
}

/** As upstream compares it: bytes that are not ASCII as `\xNN`. */
function decode(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\u0080-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
