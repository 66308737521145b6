import type { FlashChange, FlashEntry } from '../shared.ts';
import type { EmscriptenFs, EmscriptenStream } from './emscripten.ts';

/** Where the board's filesystem lies in Emscripten's, which also holds `/tmp`, `/dev` and the like. */
export const FLASH_ROOT = '/flash';
const ACCESS_MODE = 3;

/** Puts the saved files on a new interpreter's empty filesystem. Directories come before what is in them. */
export function fillFlash(fs: EmscriptenFs, files: readonly FlashEntry[]): void {
  fs.mkdir(FLASH_ROOT);
  for (const { path, data } of files)
    if (data === undefined) fs.mkdir(FLASH_ROOT + path);
    else fs.writeFile(FLASH_ROOT + path, data);
}

/** All that is on the board's filesystem, directories before what is in them. */
export function readFlash(fs: EmscriptenFs, directory = ''): FlashEntry[] {
  const entries: FlashEntry[] = [];
  for (const name of fs.readdir(FLASH_ROOT + directory)) {
    const path = `${directory}/${name}`;
    if (name === '.' || name === '..') continue;
    if (fs.isDir(fs.stat(FLASH_ROOT + path).mode)) entries.push({ path }, ...readFlash(fs, path));
    else entries.push({ path, data: fs.readFile(FLASH_ROOT + path) });
  }
  return entries;
}

/**
 * Tells each lasting change as it happens. Emscripten's system calls go through the methods of its filesystem object, so
 * those are wrapped. What was written to a file lasts once it is closed, or with the function that this gives.
 */
export function watchFlash(fs: EmscriptenFs, report: (change: FlashChange) => void): () => void {
  const { close, write, mkdir, rmdir, unlink, rename } = fs;
  const unsaved = new Set<EmscriptenStream>();
  const onFlash = (path: string, then: (path: string) => void): void => {
    const absolute = path.startsWith('/') ? path : `${fs.cwd()}/${path}`;
    if (absolute.startsWith(`${FLASH_ROOT}/`)) then(absolute.slice(FLASH_ROOT.length));
  };
  const save = (stream: EmscriptenStream): void => {
    unsaved.delete(stream);
    onFlash(stream.path, (path) => {
      // Not opened for that: a program may have left no descriptor. One that was removed while open has nothing to tell.
      const { object } = fs.analyzePath(stream.path);
      if (object === null) return;
      report({
        kind: 'written',
        path,
        data: Uint8Array.from(object.contents?.subarray(0, object.usedBytes) ?? []),
      });
    });
  };
  fs.close = (stream) => {
    close(stream);
    // Opening it may have emptied it, so that nothing was written does not matter.
    if ((stream.flags & ACCESS_MODE) !== 0) save(stream);
  };
  fs.write = (stream, ...rest) => {
    unsaved.add(stream);
    return write(stream, ...rest);
  };
  fs.mkdir = (directory, mode) => {
    const made = mkdir(directory, mode);
    onFlash(directory, (path) => report({ kind: 'directory', path }));
    return made;
  };
  for (const [name, remove] of Object.entries({ rmdir, unlink }))
    fs[name as 'rmdir' | 'unlink'] = (path) => {
      remove(path);
      onFlash(path, (removed) => report({ kind: 'removed', path: removed }));
    };
  fs.rename = (from, to) => {
    rename(from, to);
    onFlash(from, (path) => onFlash(to, (target) => report({ kind: 'renamed', path, to: target })));
  };
  return () => {
    for (const stream of unsaved) save(stream);
  };
}

/** Closes what a program left open, as a reset does. */
export function closeFiles(fs: EmscriptenFs): void {
  const open = fs.streams.filter((stream): stream is EmscriptenStream => (stream?.fd ?? 0) > 2);
  for (const stream of open) fs.close(stream);
}
