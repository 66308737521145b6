import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

/** A real terminal of a given size, kept by a tmux server of its own, in which one command runs. */
export class Terminal implements Disposable {
  readonly #socket = `testbed-test-${process.pid}-${Math.random().toString(36).slice(2)}`;

  constructor(command: string, size: { readonly columns: number; readonly rows: number }) {
    const env = { PATH: process.env['PATH'], TERM: 'xterm-256color', TZ: 'UTC', LANG: 'C.UTF-8' };
    const args = ['new-session', '-d', '-x', `${size.columns}`, '-y', `${size.rows}`];
    // No echo: what a test types must not stand on the screen. The shell stays, so that the end can be looked at.
    execFileSync(
      'tmux',
      [
        '-u',
        '-L',
        this.#socket,
        '-f',
        '/dev/null',
        ...args,
        `stty -echo; ${command}; echo "exit $?"; exec cat`,
      ],
      { env },
    );
  }

  /** The lines on the screen, without empty ones at the end. */
  get screen(): string[] {
    return this.#tmux('capture-pane', '-p').trimEnd().split('\n');
  }

  get cursorVisible(): boolean {
    return this.#tmux('display-message', '-p', '#{cursor_flag}').trim() === '1';
  }

  type(text: string): void {
    this.press(text);
    this.#tmux('send-keys', 'Enter');
  }

  /** Keys as they come, without Enter; `\t` is Tab. */
  press(keys: string): void {
    this.#tmux('send-keys', '-l', keys);
  }

  /** A key by tmux's name for it: `Down`, `C-z`. */
  key(name: string): void {
    this.#tmux('send-keys', name);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }

  /** Resolves with the screen once it fits; rejects with what it was instead. */
  async until(fits: (screen: string[]) => boolean): Promise<string[]> {
    const limit = performance.now() + 20_000;
    while (true) {
      const { screen } = this;
      if (fits(screen)) return screen;
      if (performance.now() > limit) throw new Error(`the screen never came to fit:\n${screen.join('\n')}`);
      await pause(50);
    }
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8' });
  }

  [Symbol.dispose](): void {
    execFileSync('tmux', ['-L', this.#socket, 'kill-server']);
  }
}
