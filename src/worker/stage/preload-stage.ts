import { fileURLToPath } from 'node:url';
import type { PreloadLanguage } from '../../model/preload.ts';
import type { HostStage } from '../../model/stage.ts';
import { givePipesBack, takePipes, type RunPipes } from '../command/run-pipes.ts';
import type { Readiness, StageObstacle } from './readiness.ts';

/** Taken out by the interpreter itself: a test that it forks shows its own environment in that place, where it is looked for. */
export const ROOM = { TESTBED_ROOM: '.'.repeat(2048) };

const NO_WAY = 'Its interpreter could not say that it is ready';
const NO_MKFIFO: StageObstacle = {
  reason: `${NO_WAY}: here is no "mkfifo" to make the pipe for it with.`,
  hopeless: true,
};

/** What an interpreter runs until its stage ends; the same seen from what was built, which stands as deep. */
const RESIDENTS: Readonly<Record<PreloadLanguage, URL>> = {
  python: new URL('../../../src/worker/preload/resident.py', import.meta.url),
  node: new URL('../preload/node/resident.js', import.meta.url),
};

/** The whole command of a stage, templates still in it. */
export function commandOf({ ready, command }: HostStage): readonly string[] {
  if (ready.kind !== 'preload') return command;
  return [...command, fileURLToPath(RESIDENTS[ready.language]), ...ready.imports];
}

/** What the interpreter of a stage says of itself: lines on its descriptor 3, so that what imports print is not taken for it. */
export class Announcements {
  readonly #pipes: RunPipes;
  #ended = false;

  /** Or why there are none; `directory` is there. */
  static async open(directory: string, readiness: Readiness): Promise<Announcements | StageObstacle> {
    try {
      const pipes = await takePipes(directory);
      return pipes === undefined ? NO_MKFIFO : new Announcements(pipes, readiness);
    } catch (fault) {
      return { reason: `${NO_WAY}: ${(fault as Error).message}.`, hopeless: false };
    }
  }

  private constructor(pipes: RunPipes, readiness: Readiness) {
    this.#pipes = pipes;
    let begun = '';
    pipes.events.listen((chunk) => {
      const lines = (begun + chunk.toString()).split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines) readiness.announced(line);
    });
  }

  get descriptor(): number {
    return this.#pipes.events.descriptor;
  }

  /** The interpreter is gone: hears what it said last. Twice is fine. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#pipes.events.end();
    givePipesBack(this.#pipes);
  }
}
