import { Writable } from 'node:stream';
import { LabStateFault } from '../../labstate/fault.ts';
import type { Io } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { openLab } from '../lab.ts';
import type { Launched } from './launch.ts';
import { Runner, type RunnerOptions } from './serve.ts';

/** This process is the runner of a lab, until it is told to end, or nobody comes for long. Resolves to the exit code. */
export async function beRunner(options: Omit<RunnerOptions, 'log'> & { readonly io: Io }): Promise<number> {
  const { io, place } = options;
  const log = (text: string): void => void io.stderr.write(`${new Date().toISOString()} ${text}\n`);
  // Each session reads the lab as it stands then; but what is wrong with it now is better told now.
  const told = new Told();
  const config = { config: place.lab, port: undefined, board: undefined, source: [] };
  const lab = await openLab(config, { ...io, stderr: told });
  io.stderr.write(told.text);
  if (lab === undefined) return EXIT.usage;
  let runner;
  try {
    runner = await Runner.start({ ...options, log });
  } catch (error) {
    if (!(error instanceof LabStateFault)) throw error;
    io.stderr.write(`testbed: ${error.message}\n`);
    return EXIT.usage;
  }
  if (!(runner instanceof Runner)) {
    tell({ kind: 'there', pid: runner.holder.pid, since: runner.holder.since });
    return EXIT.ok;
  }
  log(`runner of ${place.lab}, pid ${process.pid}`);
  hearSignals(runner);
  tell({ kind: 'up', warnings: told.text });
  await runner.finished;
  log('the runner ends');
  return EXIT.ok;
}

/** Keeps what is written. */
class Told extends Writable {
  text = '';

  override _write(text: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += text.toString();
    done();
  }
}

/** A runner has no terminal; TERM asks it to end, and once more insists. */
function hearSignals(runner: Runner): void {
  const stop = (): void => runner.stop('soon');
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => undefined);
}

/** Who is not there any more needs not know. */
function tell(message: Launched): void {
  process.send?.(message, undefined, {}, () => undefined);
}
