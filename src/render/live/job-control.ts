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
