import { watch, type FSWatcher } from 'node:fs';
import { stateFolder } from './state-directory.ts';

/** Changes made on another host that shares the directory are never reported, and a holder may die without a trace. */
const POLL_MS = 2000;

/** Calls `look` when leases may have changed, and now and then, until it is closed. Keeps the process alive: somebody waits. */
export function watchLeases(stateDirectory: string, look: () => void): { close(): void } {
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(stateFolder(stateDirectory, 'leases'), { persistent: false }, look);
    // The polls go on.
    watcher.on('error', () => watcher?.close());
  } catch {
    // No watches left (inotify's limit): the polls do it.
  }
  const poll = setInterval(look, POLL_MS);
  return {
    close: () => {
      watcher?.close();
      clearInterval(poll);
    },
  };
}
