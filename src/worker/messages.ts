import type { Readable } from 'node:stream';
import type { ToWorker } from '../model/job.ts';

/** Calls `onMessage` for each line of the dispatcher, and `onEnd` once, when there will be no more. */
export function readMessages(
  stream: Readable,
  onMessage: (message: ToWorker) => void,
  onEnd: () => void,
): void {
  let ended = false;
  const end = () => {
    if (!ended) onEnd();
    ended = true;
  };
  let begun = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (begun + text).split('\n');
    begun = lines.pop() ?? '';
    for (const line of lines) onMessage(JSON.parse(line) as ToWorker);
  });
  stream.on('end', end).on('close', end).on('error', end);
}
