import type { RunId, TentacleId } from '../../model/ids.ts';
import type { SessionControls } from '../controls.ts';
import type { Key } from './keyboard.ts';

/** A key, its word in the line of keys, and its sentence in the help. */
interface KeyHelp {
  readonly key: string;
  readonly word: string;
  readonly help: string;
  /** What whoever watches must be able to do; absent: it changes only what is shown. */
  readonly needs?: keyof SessionControls;
}

/** In this order: what comes last is cut off in a narrow terminal. */
const KEYS: readonly KeyHelp[] = [
  { key: '?', word: 'help', help: 'this; Ctrl-C stops what runs, Ctrl-Z is as ever', needs: 'finish' },
  { key: '?', word: 'help', help: 'this; Ctrl-C ends the watching, not the session', needs: 'leave' },
  { key: 'p', word: 'pause', help: 'serve nothing more, until p again', needs: 'pause' },
  { key: '↑↓', word: 'focus', help: 'choose a run' },
  { key: 'o', word: 'output', help: 'what that run prints' },
  { key: 's', word: 'stop', help: 'end that run; its order counts as not run', needs: 'stopRun' },
  {
    key: 'r',
    word: 'retry',
    help: 'try what failed once more; it stays failed, and is told',
    needs: 'retryFailed',
  },
  {
    key: 'h',
    word: 'hold',
    help: 'keep that tentacle for you when its run is over, until h again',
    needs: 'hold',
  },
  { key: 'f', word: 'fails', help: 'only what failed' },
  { key: 'q', word: 'finish', help: 'let what runs end, then stop; --resume goes on', needs: 'finish' },
  { key: 'q', word: 'leave', help: 'watch no longer; the session goes on', needs: 'leave' },
];

/** A word about a key stays so long, ms. */
export const SAID_MS = 5000;

/** What can have the focus: a run that goes on or that failed, or a tentacle that is held by hand after one. */
export interface Focusable {
  readonly run: RunId;
  readonly kept?: TentacleId;
}

/** What a person has chosen to see, and what they ask of the session. */
export class Steering {
  /** What `o`, `s` and `h` are about. */
  focus: Focusable | undefined;
  output = false;
  failures = false;
  help = false;
  paused = false;
  readonly #controls: SessionControls;
  readonly #keys: readonly KeyHelp[];
  #said: { readonly text: string; readonly at: number } | undefined;

  constructor(controls: SessionControls) {
    this.#controls = controls;
    this.#keys = KEYS.filter(({ needs }) => needs === undefined || controls[needs] !== undefined);
  }

  /** Takes a key; `rows` are those on the screen, from the top. */
  press(key: Key, rows: readonly Focusable[]): void {
    switch (key) {
      case 'up':
      case 'down':
        return this.#move(key === 'up' ? -1 : 1, rows);
      case 'p':
        return this.#pause();
      case 's':
        return this.#stop(rows);
      case 'r':
        return this.#controls.retryFailed?.();
      case 'h':
        return this.#hold(rows);
      case 'q':
        return this.#quit();
      case 'o':
        this.output = !this.output;
        if (this.output && this.focus === undefined) this.#move(1, rows);
        return;
      case 'f':
        this.failures = !this.failures;
        return;
      case '?':
        this.help = !this.help;
        return;
      default:
    }
  }

  /** Whether `h` lets go of what is held. */
  get mayLetGo(): boolean {
    return this.#controls.letGo !== undefined;
  }

  /** What there is to say about the keys now: that serving is paused, or what a key did. */
  get word(): string {
    const said = this.#said !== undefined && performance.now() - this.#said.at < SAID_MS;
    return [this.paused ? 'paused: p serves on' : '', said ? this.#said?.text : '']
      .filter(Boolean)
      .join('; ');
  }

  /** `p pause  ↑↓ focus  …`, in one line. */
  get keyLine(): string {
    return this.#keys
      .map(({ key, word }) => `${key} ${key === 'p' && this.paused ? 'serve on' : word}`)
      .join('  ');
  }

  /** A line for each key, where somebody asked. */
  get helpLines(): readonly string[] {
    return this.help ? this.#keys.map(({ key, help }) => `${key.padEnd(2)}  ${help}`) : [];
  }

  #move(by: 1 | -1, rows: readonly Focusable[]): void {
    if (rows.length === 0) return this.#say('nothing runs');
    const at = rows.findIndex((row) => isSame(row, this.focus));
    const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : (at + by + rows.length) % rows.length;
    this.focus = rows[next];
  }

  #pause(): void {
    if (this.#controls.pause === undefined) return;
    this.paused = !this.paused;
    if (this.paused) this.#controls.pause();
    else this.#controls.resume?.();
  }

  #quit(): void {
    if (this.#controls.finish === undefined) return this.#controls.leave?.();
    this.#controls.finish();
    this.#say('what runs comes to its end, then the session; --resume goes on from there');
  }

  #stop(rows: readonly Focusable[]): void {
    if (this.#controls.stopRun === undefined) return;
    const { focus } = this;
    if (focus === undefined || focus.kept !== undefined || !this.#isThere(rows))
      return this.#say('choose a run first: ↑ ↓');
    this.#controls.stopRun(focus.run);
    this.#say(`${focus.run} is being stopped`);
  }

  #hold(rows: readonly Focusable[]): void {
    if (this.#controls.hold === undefined) return;
    const { focus } = this;
    if (focus === undefined || !this.#isThere(rows)) return this.#say('choose a run first: ↑ ↓');
    if (focus.kept === undefined) this.#controls.hold(focus.run);
    else this.#controls.letGo?.(focus.kept);
  }

  /** What the focus is on goes on. */
  #isThere(rows: readonly Focusable[]): boolean {
    return !this.failures && rows.some((row) => isSame(row, this.focus));
  }

  #say(text: string): void {
    this.#said = { text, at: performance.now() };
  }
}

/** Whether two are the same row. */
export function isSame(a: Focusable, b: Focusable | undefined): boolean {
  return a.run === b?.run && a.kept === b.kept;
}
