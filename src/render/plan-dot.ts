import type { OrderPlan } from '../plan/plan-orders.ts';
import { unreachable } from '../util/unreachable.ts';
import { planGraph, type GraphPart } from './plan-graph.ts';

/** A plan in the language of Graphviz (https://graphviz.org/doc/info/lang.html): `testbed plan --format dot | dot -Tsvg`. */
export function* planDot(plan: OrderPlan): Generator<string> {
  yield 'digraph plan {';
  yield '  rankdir=LR;';
  yield '  node [shape=box, fontname="sans-serif"];';
  for (const part of planGraph(plan)) yield `  ${part.kind === 'node' ? nodeText(part) : edgeText(part)};`;
  yield '}';
}

function nodeText({ id, shape, lines }: Extract<GraphPart, { kind: 'node' }>): string {
  return `${id} [label=${quoted(lines)}${attributesOf(shape)}]`;
}

function attributesOf(shape: Extract<GraphPart, { kind: 'node' }>['shape']): string {
  switch (shape) {
    case 'spec':
      return ', style=bold';
    case 'order':
      return '';
    case 'tentacle':
      return ', style=rounded';
    case 'obstacle':
      return ', color=red, fontcolor=red';
    case 'absent':
      return ', style=dashed';
    default:
      return unreachable(shape);
  }
}

function edgeText({ from, to, partner }: Extract<GraphPart, { kind: 'edge' }>): string {
  return `${from} -> ${to}${partner === undefined ? '' : ` [label=${quoted([partner])}, style=dashed]`}`;
}

/** Lines of a label; a backslash and a quotation mark are themselves. */
function quoted(lines: readonly string[]): string {
  return `"${lines.map((line) => line.replace(/["\\]/g, String.raw`\$&`)).join(String.raw`\n`)}"`;
}
