import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startSession, type RunningSession, type SessionOptions } from '../../src/dispatch/session.ts';
import type { TestbedEvent } from '../../src/event/event.ts';
import { fromLine } from '../../src/event/wire.ts';
import type { Board, Lab, Tentacle } from '../../src/model/lab.ts';
import type { TestRunSpec } from '../../src/model/plan.ts';
import { Overlord } from '../../src/overlord/overlord.ts';
import { planOrders } from '../../src/plan/plan-orders.ts';
import { Selection } from '../../src/plan/selection.ts';

const limits = { powerMs: 100, flashMs: 100, verifyMs: 100, setupMs: 100, teardownMs: 100 };

const BOARD: Board = {
  name: 'BOARD',
  port: 'unix',
  mcu: 'none',
  driver: 'serial',
  variants: [''],
  features: ['mcu'],
  usb: {},
  limits,
  perfbench: [1, 1],
};

export function tentacle(id: string, more: Partial<Tentacle> = {}): Tentacle {
  return {
    id,
    board: 'BOARD',
    features: ['mcu'],
    relays: {},
    tags: {},
    faults: [],
    leaseKey: `key of ${id}`,
    ...more,
  };
}

export function spec(name: string, command: string[], more: Partial<TestRunSpec> = {}): TestRunSpec {
  return {
    name,
    label: name.toUpperCase(),
    help: name,
    roles: [],
    cover: 'each-variant',
    priority: 0,
    timeoutMs: 60_000,
    graceMs: 100,
    estimateMs: 1000,
    needs: [],
    retries: 0,
    retryFails: 0,
    bailCodes: [],
    isolated: false,
    uses: {},
    env: {},
    cwd: '/',
    command,
    results: 'exit-code',
    allowEmpty: false,
    file: '/plan.yaml',
    ...more,
  };
}

export const ONE_ROLE = { roles: [{ name: 'dut', feature: 'mcu' }] } as const;

/** A directory of its own for one test, with a state directory and sessions over the fixture worker. */
export class SessionRig implements AsyncDisposable {
  readonly directory: string;
  readonly state: string;
  readonly #running: RunningSession[] = [];
  #count = 0;

  /** @param directory of a rig that another process has, and disposes of */
  constructor(directory: string = mkdtempSync(path.join(os.tmpdir(), 'testbed-dispatch-'))) {
    this.directory = directory;
    this.state = path.join(directory, 'state');
  }

  file(name: string): string {
    return path.join(this.directory, name);
  }

  touch(name: string): void {
    writeFileSync(this.file(name), '');
  }

  start(
    parts: {
      specs: readonly TestRunSpec[];
      tentacles?: readonly Tentacle[];
      count?: number;
      lab?: Partial<Lab>;
      onEvent?: (event: TestbedEvent) => void;
      directory?: string;
    },
    options: Partial<SessionOptions> = {},
  ): Started {
    const lab: Lab = {
      name: 'rig',
      directory: this.directory,
      python: 'python3',
      sources: [],
      boards: [BOARD],
      tentacles: parts.tentacles ?? [],
      specs: parts.specs,
      stages: [],
      expectations: [],
      stateDirectory: this.state,
      ...parts.lab,
    };
    const id = `session-${++this.#count}`;
    const directory = parts.directory ?? mkdtempSync(path.join(this.directory, `${id}-`));
    const overlord = new Overlord();
    const events: TestbedEvent[] = [];
    const waiters = new Set<() => void>();
    const told = (): void => {
      for (const waiter of waiters) waiter();
    };
    const progress: string[] = [];
    const session = startSession({
      lab,
      secrets: {},
      env: process.env,
      plan: planOrders(lab, {
        selection: Selection.all(lab),
        ...(parts.count === undefined ? {} : { count: parts.count }),
      }),
      options: {
        version: '0',
        command: ['testbed', 'run'],
        workerEntry: path.join(import.meta.dirname, 'fixtures', 'worker.mjs'),
        hungAfterMs: 20_000,
        ...options,
      },
      id,
      directory,
      overlord,
      emit: (_, event) => {
        events.push(event);
        parts.onEvent?.(event);
        told();
      },
      progress: (run) => {
        progress.push(run);
        told();
      },
    });
    this.#running.push(session);
    return {
      ...session,
      stop: (how, by) => session.stop(how, by),
      finished: session.finished,
      directory,
      overlord,
      events,
      progress,
      log: () =>
        readFileSync(path.join(directory, 'events.jsonl'), 'utf8').trimEnd().split('\n').map(fromLine),
      until: (fits) =>
        new Promise((resolve) => {
          const look = (): void => {
            if (!fits()) return;
            waiters.delete(look);
            resolve();
          };
          waiters.add(look);
          look();
        }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#running) {
      session.stop('now');
      await session.finished.catch(() => undefined);
    }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A session under test. */
export interface Started extends RunningSession {
  readonly directory: string;
  readonly overlord: Overlord;
  /** What was told to listeners, in order. */
  readonly events: TestbedEvent[];
  /** Runs that said something for the screen. */
  readonly progress: string[];
  /** What is in the log. */
  log(): TestbedEvent[];
  /** Resolves once it fits; asked again whenever anything was told. */
  until(fits: () => boolean): Promise<void>;
}

/** `RUN verdict` of all finished runs, in the order in which they ended, `…` for those that are offered again. */
export function verdicts(events: readonly TestbedEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'run-finished'
      ? [`${event.run} ${event.cause ?? event.verdict}${event.willRetry ? ' …' : ''}`]
      : [],
  );
}

/** `ORDER cause` of all that was never run. */
export function leftOver(events: readonly TestbedEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'order-not-run' || event.type === 'order-unschedulable'
      ? [`${event.order} ${event.cause}`]
      : [],
  );
}
