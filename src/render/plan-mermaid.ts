import type { OrderPlan } from '../plan/plan-orders.ts';
import { unreachable } from '../util/unreachable.ts';
import { planGraph, type GraphPart } from './plan-graph.ts';

/** A plan as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html), as GitHub shows it in a comment. */
export function* planMermaid(plan: OrderPlan): Generator<string> {
  yield 'flowchart LR';
  yield '  classDef bad stroke:#c00,color:#c00';
  yield '  classDef absent stroke-dasharray:4';
  for (const part of planGraph(plan)) yield `  ${part.kind === 'node' ? nodeText(part) : edgeText(part)}`;
}

function nodeText({ id, shape, lines }: Extract<GraphPart, { kind: 'node' }>): string {
  const text = `"${lines.map(escaped).join('<br/>')}"`;
  switch (shape) {
    case 'spec':
      return `${id}[[${text}]]`;
    case 'order':
      return `${id}[${text}]`;
    case 'tentacle':
      return `${id}(${text})`;
    case 'obstacle':
      return `${id}[${text}]:::bad`;
    case 'absent':
      return `${id}[${text}]:::absent`;
    default:
      return unreachable(shape);
  }
}

function edgeText({ from, to, partner }: Extract<GraphPart, { kind: 'edge' }>): string {
  return partner === undefined ? `${from} --> ${to}` : `${from} -.->|"${escaped(partner)}"| ${to}`;
}

/** What could end the text, make it Markdown or be an entity becomes a character code, as Mermaid writes them. */
function escaped(text: string): string {
  return text.replace(/["#&<>`]/g, (character) => `#${character.codePointAt(0)};`);
}
