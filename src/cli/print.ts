import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** So many characters go out in one write: a call for each line costs more than the line. */
const ENOUGH = 16_384;

/** Prints piece by piece, no faster than it is read; ends quietly, and makes no more pieces, when the reader goes. */
export async function print(stdout: Writable, pieces: Iterable<string>): Promise<void> {
  // Of process.stdout, `destroyed` stays false whatever happens to it: only the events tell.
  const gone = new AbortController();
  const onGone = (): void => gone.abort();
  stdout.once('error', onGone).once('close', onGone);
  try {
    let text = '';
    for (const piece of pieces) {
      text += piece;
      if (text.length < ENOUGH) continue;
      await write(stdout, text, gone.signal);
      text = '';
      if (gone.signal.aborted) return;
    }
    if (text !== '') await write(stdout, text, gone.signal);
  } finally {
    stdout.off('error', onGone).off('close', onGone);
  }
}

/** Resolves when there is room for more, or nobody to read it. */
async function write(stdout: Writable, text: string, gone: AbortSignal): Promise<void> {
  stdout.write(text);
  // That the reader is gone is told in another turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  if (!stdout.writableNeedDrain || gone.aborted) return;
  await once(stdout, 'drain', { signal: gone }).catch((error: unknown) => {
    if (!gone.aborted) throw error;
  });
}
