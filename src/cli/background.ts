import { existsSync, fstatSync, renameSync } from 'node:fs';
import path from 'node:path';

/** Set for a process in the background: the file that its stdout and stderr are. */
export const SCREEN_FILE = 'TESTBED_SCREEN_FILE';

/** What a process in the background tells whoever started it, once its session has begun. */
export interface BegunSession {
  readonly id: string;
  /** Absolute. */
  readonly directory: string;
  /** Where its screen went, absolute. */
  readonly screen: string;
  /** So much was on it before the session was made, bytes: warnings of lab and plan. */
  readonly before: number;
}

/** This process, where `testbed run --detach` started it in the background; undefined where a person did. */
export class Background {
  readonly #screen: string;
  #before = 0;

  private constructor(screen: string) {
    this.#screen = screen;
  }

  /** Takes the mark out of the environment: what we start is not in the background itself. */
  static of(env: NodeJS.ProcessEnv): Background | undefined {
    const screen = env[SCREEN_FILE];
    delete env[SCREEN_FILE];
    return screen === undefined || process.send === undefined ? undefined : new Background(screen);
  }

  /** All that is to be said of lab and plan was said. */
  prepared(): void {
    this.#before = fstatSync(process.stderr.fd).size;
  }

  /** The session began: its screen moves into its directory, and whoever started us may go. */
  begun({ id, directory }: { readonly id: string; readonly directory: string }): void {
    const screen = this.#move(directory);
    const message: BegunSession = { id, directory, screen, before: this.#before };
    // Who is not there any more needs not know.
    process.send?.(message, undefined, {}, () => process.connected && process.disconnect());
  }

  #move(directory: string): string {
    const to = freeName(directory);
    try {
      renameSync(this.#screen, to);
      return to;
    } catch {
      // On another filesystem, or taken away: it stays where it is.
      return this.#screen;
    }
  }
}

/** A session that was resumed may have had a screen before. */
function freeName(directory: string): string {
  for (let number = 1; ; number++) {
    const file = path.join(directory, number === 1 ? 'screen.txt' : `screen-${number}.txt`);
    if (!existsSync(file)) return file;
  }
}
