import type { Readable } from 'node:stream';
import type { OutputStream } from '../../log/run-log.ts';
import type { TestProcess } from '../../process/test-process.ts';
import { atMost } from '../watch.ts';

/** After everything of a command is gone, what still comes out of the pipes does so at once, or is not of the command. */
export const DRAIN_MS = 1000;

/** Takes what comes out of a stream; resolves when it is closed. */
export function drain(stream: Readable, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', take);
    stream.once('error', () => stream.destroy());
    stream.once('close', resolve);
  });
}

/** Takes what a command prints; resolves when both of its pipes are closed. */
export async function drainOutput(
  child: TestProcess,
  take: (stream: OutputStream, chunk: Buffer) => void,
): Promise<void> {
  await Promise.all(
    (['stdout', 'stderr'] as const).map((name) => drain(child[name], (chunk) => take(name, chunk))),
  );
}

/** The command and all that it started are gone: takes what is left, and lets go of the pipes. */
export async function closeOutput(child: TestProcess, drained: Promise<void>): Promise<void> {
  await atMost(DRAIN_MS, drained);
  child.stdout.destroy();
  child.stderr.destroy();
}
