import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestbedEvent } from '../../src/event/event.ts';
import { checkLogs } from './sound-logs.ts';

export const root = path.resolve(import.meta.dirname, '..', '..');
const bin = path.join(root, 'bin', 'testbed');

/** What a finished command left behind. */
export interface Finished {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly finished: Promise<Finished>;
  /** What it printed so far, both streams. */
  output(): string;
  /** Resolves once the output so far holds the text; rejects when the command ends without it. */
  printed(text: string): Promise<void>;
}

/** How a command is started. */
export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** A command that gets that of testbed as its last arguments, such as one that sets a limit. */
  readonly through?: readonly string[];
}

/** A folder of its own for one test: a lab, its state directory and its results, and the real binary to run there. */
export class Rig implements AsyncDisposable {
  readonly directory = mkdtempSync(path.join(os.tmpdir(), 'testbed-rig-'));
  readonly state = path.join(this.directory, 'state');
  readonly #running = new Set<ChildProcess>();

  write(name: string, text: string): string {
    const file = path.join(this.directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** Writes `testbed.yaml` with this rig's own state directory, so that tests never meet in a lease. */
  lab(text: string): string {
    return this.write('testbed.yaml', `lab: rig\nstate: ${this.state}\n${text}`);
  }

  start(args: readonly string[], options: StartOptions = {}): Running {
    // By the marker, `processesOf` finds whatever this command leaves behind.
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      NO_COLOR: '1',
      TESTBED_RIG: this.directory,
      // Runners are found there, whatever the lab says.
      XDG_STATE_HOME: this.state,
      ...options.env,
    };
    for (const name of ['CI', 'GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY', 'FORCE_COLOR', 'VITEST'])
      if (options.env?.[name] === undefined) delete env[name];
    const [program = '', ...rest] = [...(options.through ?? []), process.execPath, bin, ...args];
    const child = spawn(program, rest, {
      cwd: this.directory,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#running.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const finished = once(child, 'close').then(([exit, signal]): Finished => {
      this.#running.delete(child);
      return { exit: exit as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr };
    });
    const output = (): string => stdout + stderr;
    const printed = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (output().includes(text)) resolve();
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        void finished.then(() =>
          reject(new Error(`ended without printing ${JSON.stringify(text)}:\n${output()}`)),
        );
        look();
      });
    return { child, pid: child.pid ?? -1, finished, output, printed };
  }

  run(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
    return this.start(args, options).finished;
  }

  /** The latest session's directory. */
  get session(): string {
    return path.join(this.directory, 'results', 'latest');
  }

  read(name: string): string {
    return readFileSync(path.join(this.directory, name), 'utf8');
  }

  /** The events of the latest session; half a record at the end is one that is just being written. */
  events(): TestbedEvent[] {
    return readFileSync(path.join(this.session, 'events.jsonl'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as TestbedEvent);
  }

  /** Resolves with the first event of the latest session that fits, as soon as it is written. */
  async event(fits: (event: TestbedEvent) => boolean, limitMs = 30_000): Promise<TestbedEvent> {
    return await until(
      this.directory,
      () => (existsSync(path.join(this.session, 'events.jsonl')) ? this.events().find(fits) : undefined),
      limitMs,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    }
    try {
      checkLogs(this.directory);
    } finally {
      rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

/** Resolves with what `look` finds, asked again whenever something below the directory changes (and now and then). */
export function until<T>(directory: string, look: () => T | undefined, limitMs = 30_000): Promise<T> {
  return new Promise((resolve, reject) => {
    const watcher = watch(directory, { recursive: true, persistent: false }, () => attempt());
    const poll = setInterval(() => attempt(), 50);
    const limit = setTimeout(() => end(() => reject(new Error(`not seen within ${limitMs} ms`))), limitMs);
    const end = (then: () => void): void => {
      watcher.close();
      clearInterval(poll);
      clearTimeout(limit);
      then();
    };
    const attempt = (): void => {
      const found = look();
      if (found !== undefined) end(() => resolve(found));
    };
    watcher.on('error', () => undefined);
    attempt();
  });
}

/** Pids of processes that work in, were called with, or know of in their environment, this directory. */
export function processesOf(directory: string): number[] {
  return readdirNumbers('/proc')
    .map(Number)
    .filter((pid) => pid !== process.pid && traces(pid).some((text) => text.includes(directory)));
}

/** The process that started this one; it must live. */
export function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function traces(pid: number): string[] {
  return ['environ', 'cmdline'].map((name) => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'utf8');
    } catch {
      // Gone, or not ours.
      return '';
    }
  });
}

function readdirNumbers(directory: string): string[] {
  return readdirSync(directory).filter((name) => /^\d+$/.test(name));
}
