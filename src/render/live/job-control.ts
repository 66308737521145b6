import { readFileSync } from 'node:fs';

/** Who has to leave a terminal in order, and to come back to it. Both may be called twice in a row. */
export interface TerminalUser {
  leave(): void;
  enter(): void;
}

/**
 * Sees to it that a terminal is in order whenever the process does not use it: stopped by Ctrl-Z, continued, ended in
 * whatever way can be seen. (Nobody sees SIGKILL; a shell mends its terminal itself then.)
 */
export class JobControl {
  readonly #user: TerminalUser;

  constructor(user: TerminalUser) {
    this.#user = user;
    process.on('SIGTSTP', this.#stop);
    process.on('SIGQUIT', this.#stop);
    process.on('SIGCONT', this.#enter);
    process.once('exit', this.#leave);
  }

  /** The terminal is not used any more. */
  release(): void {
    process.off('SIGTSTP', this.#stop);
    process.off('SIGQUIT', this.#stop);
    process.off('SIGCONT', this.#enter);
    process.off('exit', this.#leave);
    this.#user.leave();
  }

  readonly #stop = (signal: NodeJS.Signals): void => {
    this.#user.leave();
    // Without our listener the signal does what it always does: the shell sees a job that was stopped, or is gone.
    process.off(signal, this.#stop);
    process.kill(process.pid, signal);
    // We come here when continued, or at once where nobody could continue us and the system ignores the signal.
    setImmediate(() => {
      process.on(signal, this.#stop);
      this.#user.enter();
    });
  };

  readonly #enter = (): void => this.#user.enter();
  readonly #leave = (): void => this.#user.leave();
}

/** Whether the terminal is ours, and not the shell's or another job's; a process without a terminal of its own shares it with nobody. */
export function isForeground(): boolean {
  try {
    // After the name in parentheses: state, parent, group, session, terminal, the terminal's group (-1: there is none).
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[5] === '-1' || fields[2] === fields[5];
  } catch {
    return true;
  }
}
