import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { FromWorker, RunJob, ToWorker, WorkerSetup } from '../../src/model/job.ts';
import { WORKER_PROTOCOL } from '../../src/model/job.ts';
import type { TestbedEvent } from '../../src/event/event.ts';
import type { TestRunSpec } from '../../src/model/plan.ts';

const MAIN = fileURLToPath(new URL('../../src/worker/main.ts', import.meta.url));
/** Small programs of one behaviour each. */
const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

/** What a worker said, in order. */
export type Said = TestbedEvent | FromWorker;
/** The last message of a run. */
type OutcomeMessage = Extract<FromWorker, { kind: 'outcome' }>;
/** Everything of one run. */
export interface RunSaid {
  readonly events: TestbedEvent[];
  readonly progress: string[];
  readonly message: OutcomeMessage;
  readonly directory: string;
}

/** A real worker process, with a pipe on its descriptor 3 as the dispatcher makes it. */
export class WorkerRig {
  readonly child: ChildProcess;
  readonly directory = mkdtempSync(join(tmpdir(), 'testbed-worker-'));
  readonly cookie = `worker-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  readonly #said: Said[] = [];
  #stderr = '';
  #wake = Promise.withResolvers<void>();
  readonly exited: Promise<number | null>;

  constructor(setup: Partial<WorkerSetup> = {}, env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [MAIN], {
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      detached: true,
    });
    this.exited = new Promise((resolve) =>
      this.child.once('exit', (code) => {
        resolve(code);
        this.#wake.resolve();
      }),
    );
    this.child.stderr!.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    let begun = '';
    (this.child.stdio[3] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const lines = (begun + text).split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines) this.#said.push(JSON.parse(line) as Said);
      this.#wake.resolve();
    });
    this.send({
      kind: 'setup',
      setup: {
        protocol: WORKER_PROTOCOL,
        session: '2026-01-01T00-00-00-test',
        lab: 'test_lab',
        python: 'python3',
        sources: {},
        secrets: {},
        cookie: this.cookie,
        benchCookie: this.cookie,
        env: { ...process.env, ...env },
        stateDirectory: join(this.directory, 'state'),
        flash: 'auto',
        keep: false,
        ...setup,
      },
    });
  }

  send(message: ToWorker): void {
    this.child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  /** Resolves with the first thing said, from `from` on, that fits. */
  async said<T extends Said>(fits: (said: Said) => said is T, from?: number): Promise<T>;
  async said(fits: (said: Said) => boolean, from?: number): Promise<Said>;
  async said(fits: (said: Said) => boolean, from = 0): Promise<Said> {
    for (let at = from; ; at++) {
      while (at >= this.#said.length) {
        if (this.child.exitCode !== null || this.child.signalCode !== null) {
          throw new Error(`the worker ended; it said ${JSON.stringify(this.#said)} and ${this.#stderr}`);
        }
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
      const said = this.#said[at]!;
      if (fits(said)) return said;
    }
  }

  /** Carries out one run and gives all that was said about it. `during` is called once the run was sent. */
  async run(job: RunJob, during: () => Promise<void> = () => Promise.resolve()): Promise<RunSaid> {
    const from = this.#said.length;
    this.send({ kind: 'run', job });
    await during();
    const message = await this.said(
      (said): said is OutcomeMessage => 'kind' in said && said.kind === 'outcome',
      from,
    );
    const all = this.#said.slice(from, this.#said.indexOf(message));
    return {
      events: all.filter((said): said is TestbedEvent => 'type' in said),
      progress: all.flatMap((said) => ('kind' in said && said.kind === 'progress' ? [said.text] : [])),
      message,
      directory: job.directory,
    };
  }

  /** A run of a host-only spec. */
  job(spec: Partial<TestRunSpec>, more: Partial<RunJob> = {}): RunJob {
    const name = spec.name ?? 'spec';
    const id = `${name.toUpperCase()}${jobs++}`;
    return {
      run: { id, order: id, spec: name, attempt: 1, bindings: [] },
      spec: hostSpec(spec),
      bindings: [],
      directory: join(this.directory, id),
      tests: [],
      extraArguments: [],
      expectations: [],
      stages: {},
      ...more,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.stdin!.end();
    await this.exited;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

let jobs = 0;

/** A spec for the host with everything that it must have. */
function hostSpec(spec: Partial<TestRunSpec>): TestRunSpec {
  return {
    name: 'spec',
    label: 'SPEC',
    help: 'A spec of a test.',
    roles: [],
    cover: 'each-variant',
    priority: 0,
    timeoutMs: 20_000,
    graceMs: 300,
    estimateMs: 1000,
    needs: [],
    retries: 0,
    retryFails: 0,
    bailCodes: [],
    isolated: false,
    uses: {},
    env: {},
    cwd: FIXTURES,
    results: 'exit-code',
    allowEmpty: false,
    file: '/plan.yaml',
    ...spec,
  };
}

/** What was said, without what differs from run to run: stamps and durations, and ids become `RUN`. */
export function plain(run: RunSaid): unknown[] {
  const id = run.message.run;
  const text = JSON.stringify([...run.events, run.message]).replaceAll(JSON.stringify(id), '"RUN"');
  return JSON.parse(text, (key, value: unknown) =>
    ['at', 'durationMs', 'times'].includes(key) ? undefined : value,
  ) as unknown[];
}
