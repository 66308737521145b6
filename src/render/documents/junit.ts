import type {
  EventType,
  OrderNotRun,
  OrderUnschedulable,
  RunFinished,
  RunStarted,
  SessionStarted,
  TestbedEvent,
  TestFinished,
} from '../../event/event.ts';
import type { OrderId, RunId } from '../../model/ids.ts';
import { unreachable } from '../../util/unreachable.ts';
import { boardVariantsOf, isBad, stepsOf } from '../facts.ts';
import { shellCommand } from '../shell-quote.ts';
import { xmlElement, xmlText } from './xml.ts';

/** What it is made from. */
export const JUNIT_TYPES: readonly EventType[] = [
  'session-started',
  'session-resumed',
  'run-started',
  'test-finished',
  'run-finished',
  'order-unschedulable',
  'order-not-run',
  'session-finished',
];

interface Tally {
  tests: number;
  failures: number;
  errors: number;
  skipped: number;
}

/** An order that is over, as text. */
interface Suite {
  readonly xml: string;
  readonly tally: Tally;
  /** What it is made from, kept of what may be tried again by hand. */
  readonly parts?: SuiteParts;
}

interface SuiteParts {
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly properties: readonly string[];
  readonly content: string;
}

/**
 * Folds events into JUnit XML: a testsuite for each order that is over (its last attempt), a testcase for each test in
 * it, or one for the run where no test was named. A run that is over is kept as text only, so a long session is cheap.
 */
export class JunitDocument {
  readonly #open = new Map<RunId, { readonly started: RunStarted; readonly tests: TestFinished[] }>();
  /** What comes later about an order replaces what was said before: a run that was cut off is followed by its not-run. */
  readonly #suites = new Map<OrderId, Suite>();
  #started: SessionStarted | undefined;
  #timeMs = 0;

  /** True when the document has changed. */
  apply(event: TestbedEvent): boolean {
    switch (event.type) {
      case 'session-started':
        this.#started = event;
        return true;
      case 'run-started':
        this.#open.set(event.run, { started: event, tests: [] });
        return false;
      case 'test-finished':
        this.#open.get(event.run)?.tests.push(event);
        return false;
      case 'run-finished':
        return this.#run(event);
      case 'order-unschedulable':
      case 'order-not-run':
        this.#neverRan(event);
        return true;
      case 'session-finished':
        this.#timeMs = event.durationMs;
        return true;
      case 'session-resumed':
        this.#open.clear();
        return false;
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
      case 'bail-out':
      case 'warning':
        return false;
      default:
        return unreachable(event);
    }
  }

  /** The whole document as of now, valid XML at every moment. */
  render(): string {
    const total: Tally = { tests: 0, failures: 0, errors: 0, skipped: 0 };
    const xml: string[] = [];
    for (const suite of this.#suites.values()) {
      xml.push(suite.xml);
      for (const key of TALLY) total[key] += suite.tally[key];
    }
    const head = { name: this.#started?.lab ?? 'testbed', ...total, time: seconds(this.#timeMs) };
    const suites = xmlElement('testsuites', head, `\n${xml.join('')}`);
    return `<?xml version="1.0" encoding="UTF-8"?>\n${suites}\n`;
  }

  #run(finished: RunFinished): boolean {
    const open = this.#open.get(finished.run);
    this.#open.delete(finished.run);
    if (finished.again === true) return this.#again(finished);
    if (finished.willRetry) return false;
    const tests = open?.tests ?? [];
    const classname = classnameOf(open?.started, finished);
    const cases = tests.map((test) => testCase(test, classname));
    // A run that erred after its tests passed, or whose tests were not named, must not look green.
    const told = cases.some(({ tag }) => tag === 'failure' || tag === 'error');
    if (cases.length === 0 || (!told && isBad(finished))) cases.push(runCase(finished, classname));
    this.#suite(finished, open?.started, cases);
    return true;
  }

  #suite(finished: RunFinished, started: RunStarted | undefined, cases: readonly Case[]): void {
    const properties: string[] = [];
    for (const { role, tentacle, boardVariant, firmware } of started?.bindings ?? []) {
      properties.push(
        property('tentacle', `${role}: ${tentacle}`),
        property('board', `${role}: ${boardVariant}`),
      );
      if (firmware !== undefined) properties.push(property('firmware', `${role}: ${firmware}`));
    }
    properties.push(property('attempt', `${finished.attempt}`));
    for (const [step, ms] of stepsOf(finished.times))
      properties.push(property(`seconds ${step}`, seconds(ms)));
    const { reproduce } = finished;
    const by = reproduce === undefined ? '' : xmlElement('system-out', {}, xmlText(shellCommand(reproduce)));
    const tally = tallyOf(cases);
    const attributes = {
      name: finished.order,
      ...tally,
      time: seconds(finished.durationMs),
      timestamp: stamp(started?.at),
      hostname: this.#started?.process.host,
    };
    const parts = { attributes, properties, content: cases.map((one) => one.xml).join('') + by };
    this.#suites.set(finished.order, {
      xml: suiteXml(parts),
      tally,
      ...(isBad(finished) ? { parts } : {}),
    });
  }

  /** An order that was tried again by hand stays what it is; its suite says what came of it. */
  #again({ order, run, verdict }: RunFinished): boolean {
    const suite = this.#suites.get(order);
    if (suite?.parts === undefined) return false;
    const told = property('tried again by hand', `${run}: ${verdict}`);
    const parts = { ...suite.parts, properties: [...suite.parts.properties, told] };
    this.#suites.set(order, { ...suite, xml: suiteXml(parts), parts });
    return true;
  }

  #neverRan(event: OrderUnschedulable | OrderNotRun): void {
    const word = event.type === 'order-not-run' ? 'not-run' : 'unschedulable';
    const xml = xmlElement(
      'testcase',
      { name: event.order, classname: event.spec, time: seconds(0) },
      // Not "skipped": nobody decided that it need not run, and exit 3 says so too.
      xmlElement('error', { type: `${word}: ${event.cause}`, message: event.reason }),
    );
    const tally = tallyOf([{ tag: 'error', xml }]);
    const attributes = { name: event.order, ...tally, time: seconds(0), timestamp: stamp(event.at) };
    this.#suites.set(event.order, { xml: `${xmlElement('testsuite', attributes, xml)}\n`, tally });
  }
}

function suiteXml({ attributes, properties, content }: SuiteParts): string {
  return `${xmlElement('testsuite', attributes, xmlElement('properties', {}, properties.join('')) + content)}\n`;
}

const TALLY = ['tests', 'failures', 'errors', 'skipped'] as const;

function tallyOf(cases: readonly Case[]): Tally {
  const of = (tag: Case['tag']): number => cases.filter((one) => one.tag === tag).length;
  return { tests: cases.length, failures: of('failure'), errors: of('error'), skipped: of('skipped') };
}

/** A testcase, and what kind of child tells its verdict. */
interface Case {
  readonly tag: 'failure' | 'error' | 'skipped' | 'none';
  readonly xml: string;
}

function testCase(test: TestFinished, classname: string): Case {
  const { path, verdict, expected, reason, exceptionClass, durationMs } = test;
  const { tag, child } = verdictChild({ verdict, expected, message: reason, type: exceptionClass });
  return {
    tag,
    xml: xmlElement('testcase', { name: path, classname, time: seconds(durationMs ?? 0) }, child),
  };
}

function runCase(finished: RunFinished, classname: string): Case {
  const { order, verdict, expected, reason, cause, evidence, durationMs } = finished;
  const { tag, child } = verdictChild({ verdict, expected, message: reason, type: cause, body: evidence });
  return { tag, xml: xmlElement('testcase', { name: order, classname, time: seconds(durationMs) }, child) };
}

interface Judged {
  readonly verdict: RunFinished['verdict'];
  readonly expected: boolean;
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly body?: string | undefined;
}

function verdictChild({ verdict, expected, message, type, body }: Judged): {
  tag: Case['tag'];
  child: string;
} {
  const make = (
    tag: Case['tag'],
    attributes: Record<string, string | undefined>,
  ): { tag: Case['tag']; child: string } => ({
    tag,
    child: xmlElement(tag, attributes, body === undefined ? '' : xmlText(body)),
  });
  if (verdict === 'skip') return make('skipped', { message });
  if (verdict !== 'pass' && expected)
    return make('skipped', { message: `expected ${verdict}: ${message ?? ''}` });
  if (verdict === 'error') return make('error', { type: type ?? 'error', message });
  if (verdict === 'fail') return make('failure', { type: type ?? 'fail', message });
  if (!expected) return make('failure', { type: 'unexpected-pass', message });
  return { tag: 'none', child: '' };
}

/** `SMOKE.VIRTUAL-V127`: what CI systems group by. */
function classnameOf(started: RunStarted | undefined, finished: RunFinished): string {
  return `${started?.spec ?? finished.order}.${boardVariantsOf(started ?? {})}`;
}

function property(name: string, value: string): string {
  return xmlElement('property', { name, value });
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function stamp(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 19);
}
