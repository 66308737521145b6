import { parentPort, workerData } from 'node:worker_threads';
import { Interpreter } from './interpreter/interpreter.ts';
import { Repl } from './interpreter/repl.ts';
import type { FromBoard, WorkerSettings } from './shared.ts';

/** The thread of one virtual board, from power on to power off: it only ends by being ended. */
const port = parentPort;
if (port === null) throw new Error('Internal error: expected to be a worker thread, was the main thread');
// Nobody sends anything: a listener is what keeps the thread alive while it waits for bytes.
port.on('message', () => undefined);

const tell = (message: FromBoard): void => port.postMessage(message);
const interpreter = new Interpreter(workerData as WorkerSettings, tell);
await interpreter.start();
// Python that was called back by a timer or a promise has nobody who could catch what it raises: a board prints it.
process.on('uncaughtException', (error) => {
  interpreter.output.print(Buffer.from(`${error.message}\n`));
  interpreter.output.flush();
});
tell({ kind: 'up' });
try {
  const repl = new Repl(interpreter);
  repl.boot();
  tell({ kind: 'prompt' });
  for (;;) {
    const byte = interpreter.input.take();
    if (byte === undefined) await interpreter.input.wait();
    else await repl.feed(byte);
  }
} catch (error) {
  interpreter.output.print(Buffer.from(`${String(error)}\n`));
  interpreter.output.flush();
  process.exit(1);
}
