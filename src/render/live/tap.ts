import type {
  EventType,
  OrderNotRun,
  OrderUnschedulable,
  RunFinished,
  TestbedEvent,
  TestFinished,
} from '../../event/event.ts';
import type { OrderId, RunId } from '../../model/ids.ts';
import { unreachable } from '../../util/unreachable.ts';
import { tentaclesOf, whyOf } from '../facts.ts';
import type { Outlet } from '../outlet/outlet.ts';
import type { Renderer } from '../renderer.ts';
import { commentLine, pointLines, tapText, type Point } from './tap-text.ts';

const TYPES: readonly EventType[] = [
  'session-started',
  'session-resumed',
  'run-started',
  'test-finished',
  'run-finished',
  'order-unschedulable',
  'order-not-run',
  'bail-out',
  'warning',
];

/** A run that has begun: what its test points need. */
interface OpenRun {
  readonly where: string;
  readonly tests: Point[];
}

/** TAP 14: one test point for each order, with its tests as a subtest; what did not end well has a diagnostic block. */
export function tapRenderer(outlet: Outlet): Renderer {
  return new TapRenderer(outlet);
}

/**
 * A point is written when its order is settled, so that a subtest is never torn by another run. An order that was not run may
 * still be run when the session is resumed: these come last.
 */
class TapRenderer implements Renderer {
  readonly types = TYPES;
  readonly #outlet: Outlet;
  readonly #open = new Map<RunId, OpenRun>();
  readonly #notRun = new Map<OrderId, OrderNotRun>();
  #points = 0;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  onEvent(event: TestbedEvent): void {
    switch (event.type) {
      case 'session-started':
        this.#outlet.line('TAP version 14');
        this.#outlet.line(`1..${event.plan.orders}`);
        return;
      case 'session-resumed':
        this.#open.clear();
        this.#notRun.clear();
        return;
      case 'run-started':
        this.#notRun.delete(event.order);
        this.#open.set(event.run, { where: tentaclesOf(event), tests: [] });
        return;
      case 'test-finished':
        this.#open.get(event.run)?.tests.push(testPoint(event));
        return;
      case 'run-finished':
        this.#runFinished(event);
        return;
      case 'order-unschedulable':
        this.#point(leftPoint(event, 'unschedulable'));
        return;
      case 'order-not-run':
        this.#notRun.set(event.order, event);
        return;
      case 'bail-out':
        // Not TAP's own "Bail out!", after which a parser takes nothing more: what runs still comes to its end.
        this.#outlet.line(commentLine(`bail out: ${event.reason}`));
        return;
      case 'warning':
        this.#outlet.line(commentLine(`warning: ${event.message}`));
        return;
      case 'session-finished':
      case 'session-paused':
      case 'session-unpaused':
      case 'tentacle-leased':
      case 'tentacle-released':
      case 'tentacle-held':
      case 'tentacle-kept':
      case 'tentacle-let-go':
      case 'tentacle-lost':
      case 'tentacle-identified':
      case 'firmware-flashed':
      case 'stage-started':
      case 'stage-ready':
      case 'stage-respawned':
      case 'stage-changed':
      case 'stage-stopped':
      case 'phase-started':
      case 'phase-finished':
      case 'measurement':
      case 'run-auditing':
      case 'run-retried':
        return;
      default:
        unreachable(event);
    }
  }

  onPast(event: TestbedEvent): void {
    this.onEvent(event);
  }

  async finish(): Promise<void> {
    for (const event of this.#notRun.values()) this.#point(leftPoint(event, 'not-run'));
  }

  #runFinished(event: RunFinished): void {
    const { where, tests } = this.#open.get(event.run) ?? { where: '', tests: [] };
    this.#open.delete(event.run);
    if (event.again === true) {
      // Its point is written, and stays what it is.
      const { run, verdict, reason, cause } = event;
      const why = verdict === 'pass' ? '' : `: ${reason ?? cause ?? 'no reason was given'}`;
      this.#outlet.line(commentLine(`${run}: ${verdict}, tried again by hand${why}`));
      return;
    }
    if (event.willRetry) {
      const why = event.reason ?? event.cause ?? event.verdict;
      this.#outlet.line(commentLine(`${event.run}: ${event.verdict}, to be retried: ${why}`));
      return;
    }
    if (tests.length > 0) {
      this.#outlet.line(`# Subtest: ${tapText(event.order)}`);
      for (const [index, test] of tests.entries())
        for (const line of pointLines(test, index + 1, 1)) this.#outlet.line(line);
      this.#outlet.line(`    1..${tests.length}`);
    }
    this.#point(orderPoint(event, where));
  }

  #point(point: Point): void {
    for (const line of pointLines(point, ++this.#points, 0)) this.#outlet.line(line);
  }
}

function orderPoint(event: RunFinished, where: string): Point {
  const { order: name, verdict, expected, reason, cause, blame, evidence, run, attempt, durationMs } = event;
  const diagnostic = {
    message: reason ?? cause,
    severity: verdict,
    cause,
    blame,
    evidence,
    tentacles: where,
    run,
    attempt,
    duration_ms: durationMs,
  };
  if (verdict === 'skip') return { ok: true, name, directive: { word: 'SKIP', reason: reason ?? '' } };
  // Passed, but only at another attempt: a block says so, and no colour hides it.
  if (verdict === 'pass')
    return { ok: true, name, ...(attempt > 1 ? { diagnostic: { message: 'flaky', run, attempt } } : {}) };
  if (expected) return { ok: false, name, directive: { word: 'TODO', reason: reason ?? '' } };
  return { ok: false, name, diagnostic };
}

function testPoint(test: TestFinished): Point {
  const { path: name, verdict, expected, reason = '' } = test;
  if (verdict === 'skip') return { ok: true, name, directive: { word: 'SKIP', reason } };
  if (verdict === 'pass')
    return { ok: true, name, ...(expected ? {} : { directive: { word: 'TODO' as const, reason } }) };
  if (expected) return { ok: false, name, directive: { word: 'TODO', reason } };
  return {
    ok: false,
    name,
    diagnostic: { message: whyOf(test), severity: verdict, duration_ms: test.durationMs },
  };
}

function leftPoint(event: OrderUnschedulable | OrderNotRun, severity: string): Point {
  const { order: name, reason, cause } = event;
  return { ok: false, name, diagnostic: { message: reason, severity, cause } };
}
