import { candidatesOf, ordersIn, partnerCandidatesOf } from '../plan/plan-document.ts';
import type { OrderPlan, PlannedCursor } from '../plan/plan-orders.ts';
import type { Paint } from './paint.ts';
import { coveredBy } from './plan-graph.ts';
import { count, cut, duration, oneLine, wrap } from './text.ts';
import { widthOf } from '../diagnostic/width.ts';

/** How a plan is shown to a person. */
export interface PlanView {
  readonly lab: string;
  readonly paint: Paint;
  readonly columns: number;
}

/** The lines of a plan: specs with what they cover and who could serve it, firmware, what can not be done and why, totals. */
export function* planTree(plan: OrderPlan, view: PlanView): Generator<string> {
  const { paint } = view;
  for (const cursors of Map.groupBy(plan.cursors, ({ spec }) => spec).values())
    yield* specTree(cursors, plan, view);
  const width = Math.max(0, ...plan.firmware.map(({ boardVariant }) => boardVariant.length));
  if (plan.firmware.length > 0) {
    yield '';
    yield paint.bold('Firmware, in the order in which it is needed');
    for (const { boardVariant, partnerOnly } of plan.firmware)
      yield `  ${boardVariant.padEnd(partnerOnly ? width : 0)}${partnerOnly ? paint.pale('  for partners only') : ''}`;
  }
  if (plan.notForThisLab.length > 0) {
    yield '';
    yield paint.bold('Not for this lab');
    for (const { spec, reason } of plan.notForThisLab) yield* wrapped(`${spec}: ${reason}`, view);
  }
  yield* heldLines(plan, view);
  yield* unschedulableLines(plan, view);
  yield '';
  yield* totals(plan, view);
}

function* specTree(
  cursors: readonly PlannedCursor[],
  plan: OrderPlan,
  { paint, columns }: PlanView,
): Generator<string> {
  const [first] = cursors;
  if (first === undefined) return;
  const { name, label, priority, help } = first.spec;
  const head = `${name}  ${label === name ? '' : `${label}  `}${priority === 0 ? '' : `priority ${priority}  `}`;
  const rest = cut(oneLine(help), columns - widthOf(head));
  yield `${paint.bold(name)}${head.slice(name.length)}${paint.pale(rest)}`.trimEnd();
  const longest = Math.max(...cursors.map((cursor) => coveredBy(cursor).length));
  const rows = cursors.map((cursor) => ({ cursor, name: nameOf(cursor, longest) })).toSorted(byName);
  const width = Math.min(
    Math.max(...rows.map(({ name: text }) => widthOf(text))),
    Math.floor(columns * 0.55),
  );
  for (const [index, { cursor, name: text }] of rows.entries()) {
    const branch = index === rows.length - 1 ? '└─ ' : '├─ ';
    const left = cut(text, width).padEnd(width);
    const right = cut(whoServes(cursor, plan), columns - width - 6);
    yield cursor.obstacle === undefined
      ? `${branch}${left} ▸ ${right}`
      : `${branch}${paint.bad(`${left} ▸ ${right}`)}`;
  }
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** What is covered, and the role in it, below each other: `RPI_PICO2-RISCV  instance0 × 2`. */
function nameOf(cursor: PlannedCursor, longest: number): string {
  const { role, spec } = cursor;
  const times = ordersIn(cursor) > 1 ? ` × ${ordersIn(cursor)}` : '';
  if (role === undefined || spec.roles.length < 2) return coveredBy(cursor) + times;
  return `${coveredBy(cursor).padEnd(longest)}  ${role.name}${times}`;
}

function whoServes(cursor: PlannedCursor, plan: OrderPlan): string {
  if (cursor.obstacle !== undefined) return 'unschedulable, see below';
  if (cursor.role === undefined) return 'this machine';
  const partners = partnerCandidatesOf(cursor, plan).map(
    ({ role, candidates }) => `${role}: ${candidates.join(', ')}`,
  );
  return [candidatesOf(cursor, plan).join(', '), ...partners].join(' · ');
}

/** Who holds what now; nothing when nobody holds what the plan wants. */
export function* heldLines({ held }: OrderPlan, view: PlanView): Generator<string> {
  if (held.length === 0) return;
  yield '';
  yield view.paint.note('Held by others now, and planned as if free');
  for (const { tentacle, reason } of held) yield* wrapped(`${tentacle} ${reason}.`, view);
}

/** What can not be carried out, by reason; nothing when there is nothing. */
export function* unschedulableLines(plan: OrderPlan, view: PlanView): Generator<string> {
  const blocked = plan.cursors.filter(({ obstacle }) => obstacle !== undefined);
  if (blocked.length === 0) return;
  yield '';
  yield view.paint.bad(`Unschedulable: ${count(plan.counts.unschedulable, 'order')}`);
  for (const [reason, cursors] of Map.groupBy(blocked, ({ obstacle }) => obstacle?.reason ?? '')) {
    yield* wrapped(reason, view);
    const most = 5;
    for (const { stem, repeats } of cursors.slice(0, most))
      yield view.paint.pale(
        `    ${cut(stem, view.columns - 14)}${'count' in repeats && repeats.count > 1 ? ` × ${repeats.count}` : ''}`,
      );
    if (cursors.length > most) yield view.paint.pale(`    and ${cursors.length - most} more`);
  }
}

function* totals({ counts, bench }: OrderPlan, view: PlanView): Generator<string> {
  const usable = bench.tentacles.filter(({ id }) => bench.unusable(id) === undefined).length;
  const blocked = counts.unschedulable === 0 ? '' : `, ${counts.unschedulable} of them unschedulable`;
  yield* wrapped(
    `${view.lab}: ${count(counts.orders, 'order')} of ${count(counts.specs, 'spec')}${blocked}.`,
    view,
    '',
  );
  yield* wrapped(
    `${usable} of ${count(bench.tentacles.length, 'tentacle')} can serve; about ${duration(counts.workMs)} of work, one after the other.`,
    view,
    '',
  );
}

/** A sentence in lines of the screen's width, the first with this indent, all others with two more. */
export function* wrapped(text: string, { columns }: PlanView, indent = '  '): Generator<string> {
  const [first = '', ...more] = wrap(oneLine(text), columns - indent.length - 2);
  yield indent + first;
  for (const line of more) yield `${indent}  ${line}`;
}
