import { glob, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** So long between two looks. They are few and cheap, and see what a watch would miss: other hosts, mounts, renames. */
const LOOK_MS = 500;
/** A look that takes long, in a large tree or over a slow mount, is followed by a rest of so many times that. */
const REST = 4;
/** Of a tree with more files than this, the rest is not looked at. */
const MOST_FILES = 5000;

/** Whom a watch tells, each at most once. */
export interface ReloadListener {
  /** A file was changed, made or taken away; the watch is over. */
  readonly onChange: (path: string) => void;
  /** There are more files than are looked at. */
  readonly onTooMany: (most: number) => void;
}

/** Looks whether files change, and says so once; then it is over. */
export class ReloadWatch {
  readonly #look: () => Promise<ReadonlyMap<string, string>>;
  readonly #listener: ReloadListener;
  readonly #before: Promise<ReadonlyMap<string, string>>;
  readonly #over = new AbortController();

  /** @param globs files, directories (all in them) and globs, relative to `cwd` */
  constructor(globs: readonly string[], cwd: string, listener: ReloadListener) {
    this.#look = () => signaturesOf(globs, cwd);
    this.#listener = listener;
    this.#before = this.#begin();
    void this.#watch();
  }

  /** Resolves once it is known how the files are now: from here on, a change is seen. */
  get begun(): Promise<void> {
    return this.#before.then(() => undefined);
  }

  /** Looks out of turn: resolves when whatever was changed by now is told. */
  async lookNow(): Promise<void> {
    const changed = firstDifference(await this.#before, await this.#look());
    if (this.#over.signal.aborted || changed === undefined) return;
    this.close();
    this.#listener.onChange(changed);
  }

  close(): void {
    this.#over.abort();
  }

  async #begin(): Promise<ReadonlyMap<string, string>> {
    const before = await this.#look();
    if (before.size >= MOST_FILES) this.#listener.onTooMany(MOST_FILES);
    return before;
  }

  async #watch(): Promise<void> {
    await this.#before;
    const { signal } = this.#over;
    let restMs = LOOK_MS;
    for (;;) {
      await delay(restMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const startedAt = performance.now();
      await this.lookNow();
      restMs = Math.max(LOOK_MS, REST * (performance.now() - startedAt));
    }
  }
}

/** By absolute path: another one when a file was made anew or changed. */
export async function signaturesOf(globs: readonly string[], cwd: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const each of globs)
    for await (const file of glob(await filesOf(each, cwd), { cwd })) {
      if (found.size >= MOST_FILES) return found;
      const absolute = path.resolve(cwd, file);
      const signature = await signatureOf(absolute);
      if (signature !== undefined) found.set(absolute, signature);
    }
  return found;
}

async function filesOf(each: string, cwd: string): Promise<string> {
  const stats = await stat(path.resolve(cwd, each)).catch(() => undefined);
  return stats?.isDirectory() === true ? path.join(each, '**') : each;
}

/** Undefined: it is no file, not there, or not for us to see. */
async function signatureOf(file: string): Promise<string | undefined> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() === true ? `${stats.ino}:${stats.mtimeMs}:${stats.size}` : undefined;
}

function firstDifference(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string | undefined {
  return [...before.keys(), ...now.keys()].find((file) => before.get(file) !== now.get(file));
}
