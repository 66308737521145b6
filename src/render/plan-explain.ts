import { isDeepStrictEqual } from 'node:util';
import { sayDuration } from '../plan/compare.ts';
import type { ExplainedOrder, ExplainedRole, ExplainedSpec } from '../plan/explain.ts';
import type { Help, HelpAnswer } from '../plan/explain-help.ts';
import { wrapped, type PlanView } from './plan-tree.ts';
import { count, cut, duration } from './text.ts';

/** So many tentacles with the same reason are named; the others are counted. */
const MOST_NAMED = 12;
/** So many ways to help are told, best first. */
const MOST_HELP = 6;
/** What saves a smaller part of the evening is no help. */
const WORTH_TELLING = 0.01;

/** The orders and, for each of their roles, who could take it and who not; said once for all in a row that have the same. */
export function* explainedOrderLines(orders: Iterable<ExplainedOrder>, view: PlanView): Generator<string> {
  let before: ExplainedOrder | undefined;
  for (const order of orders) {
    if (before !== undefined && !sameAnswer(before, order)) yield* answerLines(before, view);
    yield headLine(order, view);
    before = order;
  }
  if (before !== undefined) yield* answerLines(before, view);
}

function headLine({ id, orders, estimateMs, schedulable }: ExplainedOrder, view: PlanView): string {
  const { paint, columns } = view;
  const facts = `${orders > 1 ? ` × ${orders}` : ''}  about ${sayDuration(estimateMs)}`;
  const head = cut(id, columns - facts.length);
  return (schedulable ? paint.bold(head) : paint.bad(head)) + paint.pale(facts);
}

function* answerLines({ reason, roles }: ExplainedOrder, view: PlanView): Generator<string> {
  if (reason !== null) yield* wrapped(reason, view);
  if (roles.length === 0) yield '  runs on this machine';
  for (const role of roles) yield* roleLines(role, view);
}

function sameAnswer(a: ExplainedOrder, b: ExplainedOrder): boolean {
  return a.reason === b.reason && isDeepStrictEqual(a.roles, b.roles);
}

/** A spec that is not for this lab. */
export function* explainedSpecLines(
  { spec, reason, roles }: ExplainedSpec,
  view: PlanView,
): Generator<string> {
  yield view.paint.bad(cut(spec, view.columns));
  yield* wrapped(`Not for this lab: ${reason}`, view);
  for (const role of roles) yield* roleLines(role, view);
}

function* roleLines({ role, feature, covers, tentacles }: ExplainedRole, view: PlanView): Generator<string> {
  yield cut(`  ${role}, ${covers ? 'which covers' : 'a partner'}, needs ${feature}`, view.columns);
  const groups = Map.groupBy(tentacles, ({ usable, reason }) => `${usable ? '✓' : '✗'} ${reason}`);
  const sorted = [...groups].toSorted(([, a], [, b]) => Number(b[0]?.usable) - Number(a[0]?.usable));
  for (const [text, group] of sorted) {
    const named = group.slice(0, MOST_NAMED).map(({ tentacle }) => tentacle);
    const more = group.length - named.length;
    const who = named.join(', ') + (more > 0 ? ` and ${more} more` : '');
    const [sign, reason] = [text.slice(0, 1), text.slice(2)];
    const [first = '', ...rest] = wrapped(`${sign} ${who}: ${reason}`, view, '    ');
    yield group[0]?.usable === true
      ? first.replace('✓', view.paint.good)
      : first.replace('✗', view.paint.bad);
    yield* rest;
  }
}

/** What would help, each with what it would bring; found by playing the evening again. */
export function* helpLines(
  { makespanMs, help, untried, missing }: HelpAnswer,
  view: PlanView,
): Generator<string> {
  yield '';
  yield view.paint.bold('What would help');
  for (const { feature, boards } of missing)
    yield* wrapped(
      boards.length === 0
        ? `A tentacle with ${feature}: where one has it, say so by "features: [${feature}]".`
        : `A tentacle with ${feature}; these boards have it: ${boards.join(', ')}.`,
      view,
    );
  if (makespanMs === undefined) {
    yield* wrapped(
      'The plan has too many orders to play its evening for each way; narrow it by --only or a smaller --count.',
      view,
    );
    return;
  }
  const useful = help.filter(({ serves, savesMs }) => serves > 0 || savesMs > makespanMs * WORTH_TELLING);
  for (const each of useful.slice(0, MOST_HELP)) yield* wrapped(sentence(each, makespanMs), view);
  if (useful.length > MOST_HELP) yield `  and ${count(useful.length - MOST_HELP, 'other way')}`;
  const useless = help.filter((each) => !useful.includes(each)).map(({ change }) => change);
  if (useless.length > 0)
    yield* wrapped(`No help to the evening of ${duration(makespanMs)}: ${useless.join(', ')}.`, view);
  if (untried > 0)
    yield* wrapped(
      `${count(untried, 'other way')} to help: not tried, the plan is large. Narrow it by --only or a smaller --count.`,
      view,
    );
  if (help.length + missing.length === 0) yield '  Nothing that a tentacle could do.';
}

function sentence(help: Help, todayMs: number): string {
  const { serves, savesMs, makespanMs, change } = help;
  const evening = `${duration(makespanMs)} instead of ${duration(todayMs)}`;
  const does =
    serves === 0
      ? `would save ${sayDuration(savesMs)}: an evening of ${evening}`
      : `would let ${count(serves, 'more order')} be served, in an evening of ${evening}`;
  return `${wayOf(help)} ${does} (--what-if ${change}).`;
}

function wayOf({ board, twins, like, broken }: Help): string {
  if (like !== undefined && broken !== undefined)
    return `${like}, which ${broken.split(':', 1)[0]}, in working order`;
  const ordinal = ['A', 'A second', 'A third'][twins] ?? 'One more';
  return `${ordinal} ${board}${like === undefined ? '' : ` with what ${like} has`}`;
}
