import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { RunPipe } from './run-pipe.ts';

/** The pipes of a test process: its descriptors 1, 2 and 3. */
export interface RunPipes {
  readonly stdout: RunPipe;
  readonly stderr: RunPipe;
  /** The event channel. */
  readonly events: RunPipe;
}

/** Those of this worker, while all of them can serve the next run. */
let spare: RunPipes | undefined;
/** There is no `mkfifo` here, so there will be no pipes. */
let impossible = false;

/**
 * Pipes for one run. Undefined on a system without `mkfifo`: a test then has two of its own, and no event channel. Rejects when they
 * can not be made now. While they are made, a moment only, they have names in the run's directory.
 */
export async function takePipes(directory: string): Promise<RunPipes | undefined> {
  if (!impossible) spare ??= await makePipes(directory);
  return spare;
}

/** What the test process inherits, in order. */
export function descriptorsOf(pipes: RunPipes): readonly number[] {
  return all(pipes).map(({ descriptor }) => descriptor);
}

/** The test is started by somebody else, and may speak before it is listened to: until then it is kept in the pipes. */
export function holdBack(pipes: RunPipes): void {
  for (const pipe of all(pipes)) pipe.pause();
}

/** The run is over, and everything that it started is gone. */
export function givePipesBack(pipes: RunPipes): void {
  if (!all(pipes).some(({ spent }) => spent)) return;
  for (const pipe of all(pipes)) pipe.close();
  spare = undefined;
}

async function makePipes(directory: string): Promise<RunPipes | undefined> {
  const files = ['stdout', 'stderr', 'events'].map((name) => join(directory, `${name}.fifo`));
  const made: RunPipe[] = [];
  try {
    if (!(await makeFifos(files))) return undefined;
    for (const file of files) made.push(new RunPipe(file));
    const [stdout, stderr, events] = made as [RunPipe, RunPipe, RunPipe];
    return { stdout, stderr, events };
  } catch (fault) {
    for (const pipe of made) pipe.close();
    throw fault;
  } finally {
    for (const file of files) rmSync(file, { force: true });
  }
}

function all({ stdout, stderr, events }: RunPipes): readonly RunPipe[] {
  return [stdout, stderr, events];
}

/** Node has no call for it. False: there is no such program here. */
function makeFifos(files: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('mkfifo', ['-m', '600', ...files], { stdio: 'ignore' });
    child.once('error', (fault: NodeJS.ErrnoException) => {
      // Not for the rest of this worker's life, only because the system has no more processes at this moment.
      if (fault.code !== 'ENOENT') return reject(fault);
      impossible = true;
      resolve(false);
    });
    child.once('exit', (code, signal) => {
      if (code === 0) resolve(true);
      else reject(new Error(`mkfifo ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}
