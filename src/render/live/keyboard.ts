import type { ReadStream } from 'node:tty';
import type { SessionControls } from '../controls.ts';
import { isForeground, type TerminalUser } from './job-control.ts';

/** Whoever sits at the terminal, and what they can do. */
export interface Keyboard {
  readonly stdin: ReadStream;
  readonly controls: SessionControls;
}

/** A key as we name it: `up`, `down`, or the character. */
export type Key = string;

const SEQUENCES: Readonly<Record<string, Key>> = {
  '\u001b[A': 'up',
  '\u001bOA': 'up',
  '\u001b[D': 'up',
  '\u001bOD': 'up',
  '\u001b[B': 'down',
  '\u001bOB': 'down',
  '\u001b[C': 'down',
  '\u001bOC': 'down',
};
/** What a terminal makes of these keys by itself, until it is asked for single keys. */
const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  '\u0003': 'SIGINT',
  '\u001a': 'SIGTSTP',
  '\u001c': 'SIGQUIT',
};

/** Reads single keys while the terminal is ours. */
export class KeyReader implements TerminalUser {
  readonly #stdin: ReadStream;
  readonly #onKey: (key: Key) => void;
  #reading = false;

  constructor(stdin: ReadStream, onKey: (key: Key) => void) {
    this.#stdin = stdin;
    this.#onKey = onKey;
  }

  /** Keys are heard. */
  get reading(): boolean {
    return this.#reading;
  }

  enter(): void {
    // A process in the background that asks its terminal for anything is stopped for it.
    if (this.#reading || !isForeground()) return;
    this.#reading = true;
    this.#stdin.setRawMode(true);
    this.#stdin.setEncoding('utf8');
    this.#stdin.on('data', this.#take);
    this.#stdin.resume();
  }

  leave(): void {
    if (!this.#reading) return;
    this.#reading = false;
    this.#stdin.off('data', this.#take);
    this.#stdin.pause();
    // Whoever has the terminal now has put it into the mode that they want.
    if (isForeground()) this.#stdin.setRawMode(false);
  }

  readonly #take = (data: string): void => {
    for (const key of keysOf(data)) {
      const signal = SIGNALS[key];
      if (signal === undefined) this.#onKey(SEQUENCES[key] ?? key);
      // To all of our job, as the terminal itself would: perhaps somebody reads from us in a pipe.
      else process.kill(0, signal);
    }
  };
}

/** Escape sequences and characters, one by one. */
export function keysOf(data: string): string[] {
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with one
  return data.match(/\u001b(?:\[[0-9;]*[ -/]*[@-~]|O.|.)?|[^\u001b]/gsu) ?? [];
}
