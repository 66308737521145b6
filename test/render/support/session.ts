import type {
  Counters,
  RunFinished,
  SessionStarted,
  TestbedEvent,
  TestFinished,
} from '../../../src/event/event.ts';
import { toLine } from '../../../src/event/wire.ts';

/** 2026-11-20T23:11:05Z. */
export const BEGIN = Date.UTC(2026, 10, 20, 23, 11, 5);
const SESSION = '2026-11-20T23-11-05-4f2a';
const HASH = 'c0ffee'.padEnd(64, '0');

type Body<T> = T extends TestbedEvent ? Omit<T, 'seq' | 'at'> : never;
type RunEnd = Partial<Omit<RunFinished, 'type' | 'seq' | 'at' | 'order' | 'run'>>;

/** Builds the events of a session as the dispatcher would, with a clock that only moves when told. */
export class RecordedSession {
  readonly events: TestbedEvent[] = [];
  #at = BEGIN;
  readonly #counters = { P: 0, F: 0, A: 0, R: 0, T: 0 };

  constructor(specs: Readonly<Record<string, number>>, more: Partial<SessionStarted> = {}) {
    const orders = Object.values(specs).reduce((sum, n) => sum + n, 0);
    this.#counters.T = orders;
    this.add({
      type: 'session-started',
      session: SESSION,
      format: 1,
      testbed: '0.1.0',
      node: 'v24.21.0',
      lab: 'bench',
      process: { pid: 4711, startTime: '123456', bootId: 'b007', host: 'benchhost' },
      command: ['testbed', 'run', '-c', 'my lab.yaml'],
      plan: {
        orders,
        specs: Object.entries(specs).map(([spec, n]) => ({
          spec,
          label: spec.toUpperCase(),
          orders: n,
          estimateMs: 1000,
        })),
      },
      ...more,
    });
  }

  /** Lets time pass. */
  wait(ms: number): this {
    this.#at += ms;
    return this;
  }

  add(event: Body<TestbedEvent>): this {
    this.events.push({ ...event, seq: this.events.length, at: this.#at });
    return this;
  }

  /** Begins a run of `spec` on a tentacle (host-only when absent); gives its ids. */
  begin(
    spec: string,
    tentacle?: string,
    attempt = 1,
    boardVariant = 'VIRTUAL',
  ): { order: string; run: string; attempt: number } {
    const label = spec.toUpperCase();
    const order = tentacle === undefined ? label : `${label}[${boardVariant}]`;
    const name = tentacle === undefined ? label : `${label}[${tentacle}-${boardVariant}]`;
    const run = attempt === 1 ? name : `${name}~${attempt}`;
    this.#counters.T--;
    this.#counters.R++;
    this.add({
      type: 'run-started',
      order,
      run,
      attempt,
      spec,
      ...(tentacle === undefined
        ? {}
        : { bindings: [{ role: 'dut', tentacle, boardVariant, firmware: HASH }] }),
    });
    return { order, run, attempt };
  }

  test(run: { run: string }, path: string, more: Partial<TestFinished> = {}): this {
    return this.add({
      type: 'test-finished',
      run: run.run,
      path,
      verdict: 'pass',
      expected: true,
      durationMs: 120,
      ...more,
    });
  }

  end(run: { order: string; run: string; attempt: number }, more: RunEnd = {}): this {
    const end = { verdict: 'pass', expected: true, willRetry: false, durationMs: 2100, ...more } as const;
    this.#counters.R--;
    if (end.willRetry) this.#counters.T++;
    else if (end.verdict === 'error' || !end.expected) this.#counters.F++;
    else this.#counters.P++;
    this.add({ type: 'run-auditing', run: run.run });
    return this.add({ type: 'run-finished', ...run, ...end });
  }

  finish(exit: number, ending: 'complete' | 'interrupted' = 'complete'): this {
    const counters: Counters = { ...this.#counters };
    return this.add({ type: 'session-finished', ending, exit, counters, durationMs: this.#at - BEGIN });
  }

  get lines(): string[] {
    return this.events.map((event) => toLine(event));
  }

  /** As `events.jsonl` holds it. */
  get log(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }
}

/** A session in which everything that a person has to be told happens once. */
export function eventfulSession(): RecordedSession {
  const session = new RecordedSession({ smoke: 2, standard: 3, multi: 2, host: 2, flaky: 1 });
  session.wait(200);
  const smoke = session.begin('smoke', 'v0');
  session.add({ type: 'phase-started', ...smoke, phase: 'power', tentacle: 'v0' });
  session.add({
    type: 'phase-finished',
    ...smoke,
    phase: 'power',
    tentacle: 'v0',
    ending: 'done',
    durationMs: 300,
  });
  session.wait(2000).test(smoke, 'smoke/hello.py').test(smoke, 'smoke/files.py', {
    verdict: 'skip',
    reason: 'no filesystem',
  });
  session.end(smoke, {
    tests: { pass: 1, fail: 0, error: 0, skip: 1, expectedFail: 0, unexpectedPass: 0 },
    times: { powerMs: 300, testMs: 1500, firstOutputMs: 80, auditMs: 4, teardownMs: 200 },
  });

  const standard = session.begin('standard', '2731', 1, 'RPI_PICO2-RISCV');
  session
    .wait(61_000)
    .test(standard, 'basics/andor.py')
    .test(standard, 'basics/nasty.py', {
      verdict: 'fail',
      expected: false,
      reason: 'got <1> & "2"\u001b[31m\u0000]]> | not 3',
      exceptionClass: 'AssertionError',
    })
    .test(standard, 'basics/known.py', { verdict: 'fail', expected: true, reason: 'known: float is single' })
    .test(standard, 'basics/mended.py', { expected: false, reason: 'was expected to fail: mended in 1.29' })
    .end(standard, {
      verdict: 'fail',
      expected: false,
      cause: 'tests-failed',
      blame: 'test',
      reason: '1 of 4 tests failed',
      evidence: 'FAIL  basics/nasty.py',
      tests: { pass: 2, fail: 1, error: 0, skip: 0, expectedFail: 1, unexpectedPass: 1 },
      durationMs: 61_000,
      reproduce: {
        cwd: '/src/micro python/tests',
        env: { WLAN_PASS: '***', EMPTY: '' },
        argv: ['python3', 'run-tests.py', '-t', 'port:/dev/ttyACM0', "it's"],
      },
    });

  const lost = session.begin('standard', 'v1', 1, 'VIRTUAL-V127');
  session.add({ type: 'tentacle-lost', ...lost, tentacle: 'v1', evidence: 'read: EIO' });
  session.wait(900).end(lost, {
    verdict: 'error',
    expected: false,
    cause: 'lost-tentacle',
    blame: 'lab',
    reason: 'the port of v1 went away',
    evidence: 'read: EIO',
    durationMs: 900,
  });

  const first = session.begin('flaky', 'v0');
  session.wait(500).end(first, {
    verdict: 'error',
    expected: false,
    cause: 'no-repl',
    blame: 'lab',
    reason: 'the board did not answer',
    willRetry: true,
    durationMs: 500,
  });
  session.add({ type: 'run-retried', order: first.order, run: first.run, attempt: 2 });
  const second = session.begin('flaky', 'v0', 2);
  session.wait(500).end(second, { durationMs: 500 });

  const host = session.begin('host');
  session
    .wait(100)
    .end(host, { verdict: 'skip', reason: 'no gcc on this machine', cause: 'precondition', durationMs: 100 });
  session.add({ type: 'warning', message: 'the results directory is nearly full' });
  for (const role of ['instance0', 'instance1'])
    session.add({
      type: 'order-unschedulable',
      order: `MULTI[VIRTUAL,${role}]`,
      spec: 'multi',
      cause: 'no-partner',
      reason: 'no other tentacle has wlan',
    });
  for (const order of ['SMOKE[VIRTUAL-V127]', 'STANDARD[VIRTUAL]', 'HOST#2'])
    session.add({
      type: 'order-not-run',
      order,
      spec: order.startsWith('SMOKE') ? 'smoke' : order.startsWith('HOST') ? 'host' : 'standard',
      cause: 'fail-fast',
      reason: 'something failed before, and --fail-fast was given',
    });
  return session.wait(10).finish(3);
}
