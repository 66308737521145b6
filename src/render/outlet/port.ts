/** Where bytes go: a terminal, a pipe, a file. A port never makes the process wait. */
export interface Port {
  /** Takes the beginning of the bytes and gives how many it took; 0: none now. Throws when it never will again. */
  write(bytes: Uint8Array): number;
  /** Calls back once, when it may take more. */
  whenReady(ready: () => void): void;
  /** What it took has left the process. */
  readonly flushed: boolean;
  close(): void;
}

/** The reader is gone: nobody misses what is not written, and it is no fault. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  // EIO is a terminal whose window was closed.
  return code === 'EPIPE' || code === 'EIO' || code === 'ERR_STREAM_DESTROYED';
}
