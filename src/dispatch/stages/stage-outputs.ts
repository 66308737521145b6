import {
  appendFileSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import type { StageName } from '../../model/ids.ts';

/**
 * What stages print that outlive sessions, as a session has it: `stages/<name>` in its directory is a link while it goes on,
 * and a copy from its end on, since the next one goes on writing.
 */
export class StageOutputs {
  readonly #from: string;
  readonly #to: string;
  readonly #used = new Set<StageName>();

  /** @param from absolute; where each stage has a directory by its name */
  constructor(from: string, sessionDirectory: string) {
    this.#from = from;
    this.#to = path.join(sessionDirectory, 'stages');
  }

  /** The session uses a stage. */
  link(stage: StageName): void {
    if (this.#used.has(stage)) return;
    this.#used.add(stage);
    attempt(() => {
      mkdirSync(this.#to, { recursive: true });
      const place = path.join(this.#to, stage);
      // A session that is resumed may have used it before; its end adds what came since.
      if (!existsSync(place)) symlinkSync(path.join(this.#from, stage), place);
    });
  }

  /** The session is over. */
  keep(): void {
    for (const stage of this.#used) attempt(() => this.#copy(stage));
  }

  #copy(stage: StageName): void {
    const output = path.join(this.#from, stage, 'output.txt');
    const place = path.join(this.#to, stage);
    if (!existsSync(output)) return;
    if (lstatSync(place).isSymbolicLink()) {
      rmSync(place);
      mkdirSync(place);
      copyFileSync(output, path.join(place, 'output.txt'));
    } else appendFileSync(path.join(place, 'output.txt'), readFileSync(output));
  }
}

/** A disk that takes no more ends the session elsewhere, and says so; this is only in addition. */
function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
