import { watch, type FSWatcher } from 'node:fs';

/** What another host writes to a shared directory is never reported, and a process may die without a trace. */
const POLL_MS = 1000;

/** Tells when a file may have changed. Keeps the process alive only while somebody waits for `next`. */
export class FileWatch implements Disposable {
  #watcher: FSWatcher | undefined;
  #changed = Promise.withResolvers<true>();

  constructor(file: string) {
    try {
      this.#watcher = watch(file, { persistent: false }, () => this.#changed.resolve(true));
      // The polls go on.
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No watches left (inotify's limit): the polls do it.
    }
  }

  /** Resolves when the file changed since this resolved last, after a second, or once the signal is aborted; false: it did not change. */
  async next(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    const { promise: late, resolve } = Promise.withResolvers<false>();
    const enough = (): void => resolve(false);
    const poll = setTimeout(enough, POLL_MS);
    signal.addEventListener('abort', enough, { once: true });
    const changed = await Promise.race([this.#changed.promise, late]);
    clearTimeout(poll);
    signal.removeEventListener('abort', enough);
    this.#changed = Promise.withResolvers();
    return changed;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }
}
