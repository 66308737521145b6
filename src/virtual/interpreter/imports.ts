import { CELL, type Shared } from '../shared.ts';
import { LINUX_ENOSPC, WASI_EINTR, linuxErrno } from './errno.ts';
import type { Input } from './input.ts';
import type { Output } from './output.ts';
import { BINARY_OUTPUT } from './standard-files.ts';

/** Python's heap may grow so far: no test of MicroPython's own needs more, and a runaway one ends in a MemoryError soon. */
const MEMORY_LIMIT = 64 << 20;
/** Three days: how far the clock leaps at each look while an interrupt waits, so that `time.sleep()` ends at once. */
const LEAP_MS = 0x1000_0000;
/** So many equal readings in a row are a program that waits for the clock. */
const SPINNING = 100;
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const POLLIN = 1;
const POLLOUT = 4;

type Import = (...args: number[]) => number;
type ImportTable = Record<string, Import>;

/** What the replaced imports work with. */
interface ImportContext {
  readonly shared: Shared;
  readonly input: Input;
  readonly output: Output;
  readonly interrupted: () => boolean;
  /** Makes last what was written to open files. */
  readonly save: () => void;
  /** A program runs, and it is not the REPL that prints. */
  readonly executing: () => boolean;
  /** The memory of the instance, once it is there. */
  readonly memory: () => WebAssembly.Memory;
}

/** The imports of the interpreter with our serial line, clock, errno and faults in place of Emscripten's. */
export function hookImports(imports: WebAssembly.Imports, context: ImportContext): WebAssembly.Imports {
  const wasi = imports['wasi_snapshot_preview1'] as ImportTable;
  const env = imports['env'] as ImportTable;
  return {
    ...imports,
    wasi_snapshot_preview1: { ...wasi, ...descriptorImports(wasi, context) },
    env: { ...env, ...systemCalls(env, context), ...clock(env, context), ...heap(env) },
  };
}

function descriptorImports(wasi: ImportTable, context: ImportContext): ImportTable {
  const { shared, input, output } = context;
  const known = (name: string): Import => existing(wasi, name);
  return {
    fd_write: (fd = 0, vectors = 0, count = 0, written = 0) => {
      if (fd !== STDOUT && fd !== STDERR && fd !== BINARY_OUTPUT)
        return shared.get(CELL.fullFilesystem) === 1
          ? LINUX_ENOSPC
          : linuxErrno(known('fd_write')(fd, vectors, count, written));
      // Before a client can see that the command is done, and take the power away.
      if (!context.executing()) context.save();
      const { view, chunks } = readVectors(context, vectors, count);
      let length = 0;
      for (const chunk of chunks) {
        if (fd === BINARY_OUTPUT) output.printBinary(chunk);
        else output.print(chunk);
        length += chunk.length;
      }
      // At once: what runs may loop for ever and never come here again.
      output.flush();
      view.setUint32(written, length, true);
      return 0;
    },
    fd_read: (fd = 0, vectors = 0, count = 0, read = 0) => {
      if (fd !== STDIN) return linuxErrno(known('fd_read')(fd, vectors, count, read));
      if (!input.waitBlocking()) return WASI_EINTR;
      const { view, chunks } = readVectors(context, vectors, count);
      let length = 0;
      for (const chunk of chunks)
        for (let index = 0; index < chunk.length && input.available; index++, length++)
          chunk[index] = input.take() ?? 0;
      view.setUint32(read, length, true);
      return 0;
    },
    // A file that is opened next would have the number of a closed one, and its text would come out on the line.
    fd_close: (fd = 0) => (isStandard(fd) ? 0 : linuxErrno(known('fd_close')(fd))),
    fd_sync: (fd = 0) => {
      context.save();
      return isStandard(fd) ? 0 : linuxErrno(known('fd_sync')(fd));
    },
    fd_seek: (...args) => linuxErrno(known('fd_seek')(...args)),
  };
}

function systemCalls(env: ImportTable, context: ImportContext): ImportTable {
  const calls: ImportTable = {};
  for (const [name, call] of Object.entries(env))
    if (name.startsWith('__syscall_'))
      calls[name] = (...args) => {
        const result = call(...args);
        return result < 0 ? -linuxErrno(-result) : result;
      };
  // The second poll is what newer builds call when they do not want to wait.
  const { __syscall_mkdirat: mkdirat, __syscall_poll: poll, __syscall_poll_nonblocking: pollNow } = calls;
  return {
    ...calls,
    ...(mkdirat && {
      __syscall_mkdirat: (...args) =>
        context.shared.get(CELL.fullFilesystem) === 1 ? -LINUX_ENOSPC : mkdirat(...args),
    }),
    ...(poll && {
      __syscall_poll: (fds = 0, count = 0, timeout = 0) =>
        pollInput(context, fds, count, timeout) ?? poll(fds, count, timeout),
    }),
    ...(pollNow && {
      __syscall_poll_nonblocking: (fds = 0, count = 0) =>
        pollInput(context, fds, count, 0) ?? pollNow(fds, count),
    }),
  };
}

function isStandard(fd: number): boolean {
  return fd <= STDERR || fd === BINARY_OUTPUT;
}

/** `select.poll()` on one standard stream; undefined: it is about something else. */
function pollInput(context: ImportContext, fds: number, count: number, timeout: number): number | undefined {
  const view = new DataView(context.memory().buffer);
  const fd = view.getInt32(fds, true);
  if (count !== 1 || (fd !== STDIN && fd !== BINARY_OUTPUT)) return undefined;
  const wanted = view.getInt16(fds + 4, true);
  let ready = wanted & POLLOUT;
  if (fd === STDIN && (wanted & POLLIN) !== 0) {
    if (ready === 0 && timeout !== 0) context.input.waitBlocking(timeout < 0 ? Infinity : timeout);
    if (context.input.available) ready |= POLLIN;
  }
  view.setInt16(fds + 6, ready, true);
  return ready === 0 ? 0 : 1;
}

/** The port sleeps by looking at the clock again and again: let the thread really sleep, and an interrupt end it. */
function clock(env: ImportTable, { input, interrupted }: ImportContext): ImportTable {
  const ticks = existing(env, 'mp_js_ticks_ms');
  let last = 0;
  let same = 0;
  let leaps = 0;
  return {
    mp_js_ticks_ms: () => {
      const now = ticks();
      if (interrupted()) return (now + ++leaps * LEAP_MS) | 0;
      leaps = 0;
      if (now !== last) {
        last = now;
        same = 0;
      } else if (++same > SPINNING) {
        same = 0;
        input.nap();
      }
      return now;
    },
  };
}

function heap(env: ImportTable): ImportTable {
  const resize = existing(env, 'emscripten_resize_heap');
  return { emscripten_resize_heap: (size = 0) => (size >>> 0 > MEMORY_LIMIT ? 0 : resize(size)) };
}

function readVectors(
  context: ImportContext,
  vectors: number,
  count: number,
): { readonly view: DataView; readonly chunks: readonly Uint8Array[] } {
  const { buffer } = context.memory();
  const view = new DataView(buffer);
  const chunks = Array.from({ length: count }, (_, index) => {
    const entry = vectors + 8 * index;
    return new Uint8Array(buffer, view.getUint32(entry, true), view.getUint32(entry + 4, true));
  });
  return { view, chunks };
}

function existing(table: ImportTable, name: string): Import {
  const found = table[name];
  if (found === undefined)
    throw new Error(`Internal error: expected the interpreter to import ${name}, was nothing`);
  return found;
}
