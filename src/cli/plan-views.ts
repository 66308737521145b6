import type { PlanView } from '../render/plan-tree.ts';
import { UsageFault, type Io } from './command.ts';
import type { PlanFacts } from './plan-facts.ts';
import { paintFor } from './screen.ts';

/** How it is shown to a person; no screen is taken to be narrower than 40 columns. */
export async function screenFor({ bench }: PlanFacts, io: Io): Promise<PlanView> {
  return {
    lab: bench.lab.name,
    paint: await paintFor(io.stdout, io),
    columns: Math.max(40, io.stdout.columns ?? 80),
  };
}

/** What would be run where. Pieces of text, as of all views. */
export async function planView(
  { plan }: PlanFacts,
  format: string,
  screen: PlanView,
): Promise<Iterable<string>> {
  switch (format) {
    case 'json':
      return (await import('../plan/plan-document.ts')).planDocument(plan);
    case 'jsonl':
      return (await import('../plan/plan-document.ts')).orderLines(plan);
    case 'mermaid':
      return ended((await import('../render/plan-mermaid.ts')).planMermaid(plan));
    case 'dot':
      return ended((await import('../render/plan-dot.ts')).planDot(plan));
    default:
      return ended((await import('../render/plan-tree.ts')).planTree(plan, screen));
  }
}

/** `--simulate`. */
export async function simulateView(
  facts: PlanFacts,
  format: string,
  screen: PlanView,
): Promise<Iterable<string>> {
  const { plan, evening } = facts;
  const { eveningDocument, eveningLines: lines } = await import('../plan/simulate-document.ts');
  if (format === 'json') return eveningDocument(plan, evening);
  if (format === 'jsonl') return lines(plan, evening);
  const [{ eveningLines }, { lowerBoundOf }, { playEvening }] = await Promise.all([
    import('../render/plan-evening.ts'),
    import('../plan/simulate-bound.ts'),
    import('../plan/simulate.ts'),
  ]);
  const played = { runs: [...playEvening(plan, evening)], bound: lowerBoundOf(plan, evening) };
  const evenings = ended(eveningLines(plan, played, screen));
  return facts.change === undefined
    ? evenings
    : joined(await whatIfView(facts, 'text', screen), ['\n'], evenings);
}

/** `--explain`. */
export async function explainView(
  { plan, bench, replan, asked, evening }: PlanFacts,
  format: string,
  screen: PlanView,
): Promise<Iterable<string>> {
  if (asked === undefined) throw new Error('Internal error: expected orders to explain, was none');
  const [{ explainOrders, explainSpecs }, { whatWouldHelp }] = await Promise.all([
    import('../plan/explain.ts'),
    import('../plan/explain-help.ts'),
  ]);
  const request = { lab: bench.lab, plan, asked: asked.plan, selectors: asked.selectors };
  const specs = explainSpecs(request);
  if (asked.plan.cursors.length + specs.length === 0)
    throw new UsageFault('--explain names no order: what it names together does not occur here.');
  const help = () =>
    whatWouldHelp({
      today: bench,
      plan,
      replan,
      evening,
      cursors: asked.plan.cursors,
      features: [
        ...asked.plan.cursors.flatMap(({ spec }) => spec.roles.map(({ feature }) => feature)),
        ...specs.flatMap(({ roles }) => roles.map(({ feature }) => feature)),
      ],
    });
  const orders = explainOrders(request);
  if (format === 'json')
    return (await import('../plan/explain-document.ts')).explainDocument(orders, specs, help);
  if (format === 'jsonl') return ended(orders.map((order) => JSON.stringify(order)));
  const text = await import('../render/plan-explain.ts');
  return joined(
    ended(text.explainedOrderLines(orders, screen)),
    ended(specs.flatMap((spec) => [...text.explainedSpecLines(spec, screen)])),
    ended(text.helpLines(help(), screen)),
  );
}

/** `--what-if`: the difference to today. */
export async function whatIfView(
  { plan, change, evening }: PlanFacts,
  format: string,
  screen: PlanView,
): Promise<Iterable<string>> {
  if (change === undefined) throw new Error('Internal error: expected a change of the bench, was none');
  const { whatIf } = await import('../plan/what-if-difference.ts');
  const difference = whatIf(change.texts, { today: change.today, changed: plan }, evening);
  if (format === 'json') return [`${JSON.stringify(difference, null, 2)}\n`];
  return ended((await import('../render/plan-what-if.ts')).whatIfLines(difference, screen));
}

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

function* joined(...parts: readonly Iterable<string>[]): Generator<string> {
  for (const part of parts) yield* part;
}
