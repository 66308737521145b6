import { expect, test } from 'vitest';
import { planOrders, type OrderPlan } from '../../src/plan/plan-orders.ts';
import { Selection } from '../../src/plan/selection.ts';
import { planDot } from '../../src/render/plan-dot.ts';
import { planMermaid } from '../../src/render/plan-mermaid.ts';
import { lab, roles } from '../plan/labs.ts';

/** What a person might write, and what would break a graph that takes it as it is. */
const ODD = 'a "bent" \\ pin; #1 <b> & `it` ] } | --> end\u001b[31m\nnext';

function plan(): OrderPlan {
  const of = lab({
    boards: { A: { variants: ['', 'X'], features: ['mcu', 'wlan'] }, B: {} },
    tentacles: [
      ['a1', 'A'],
      ['a2', 'A'],
      ['b1', 'B', { disabled: ODD }],
    ],
    specs: [
      { name: 'net', roles: roles({ left: 'wlan', right: 'wlan' }) },
      { name: 'std', cover: 'each-tentacle' },
      { name: 'docs', roles: [] },
      { name: 'air', roles: roles({ dut: 'ble' }) },
    ],
  });
  return planOrders(of, { selection: Selection.all(of), count: 2 });
}

interface Graph {
  readonly nodes: Map<string, string>;
  readonly edges: { from: string; to: string; label: string | undefined }[];
}

const UNWRAP: Readonly<Record<string, string>> = { '[[': ']]', '[': ']', '(': ')' };

/** Reads the part of Mermaid's flowcharts that is written here, strictly: any other line is a fault. */
function readMermaid(text: string): Graph {
  const [head, ...lines] = text.trimEnd().split('\n');
  expect(head).toBe('flowchart LR');
  const graph: Graph = { nodes: new Map(), edges: [] };
  for (const line of lines) {
    if (/^ {2}classDef \w+ [\w-]+:[#\w]+(,[\w-]+:[#\w]+)*$/.test(line)) continue;
    const node = /^ {2}(n\d+)(\[\[|\[|\()"([^"]*)"(\]\]|\]|\))(:::(bad|absent))?$/.exec(line);
    const edge = /^ {2}(n\d+) (?:-->|-\.->\|"([^"]*)"\|) (n\d+)$/.exec(line);
    if (node === null && edge === null) throw new Error(`no line of a flowchart: ${line}`);
    if (node !== null) {
      expect(UNWRAP[node[2]!]).toBe(node[4]);
      // Only line breaks are HTML, and every other `#` begins a character code.
      const bare = node[3]!.replaceAll('<br/>', '\n');
      expect(bare.replaceAll(/#\d+;/g, '')).not.toMatch(/[#<>&`]/);
      graph.nodes.set(
        node[1]!,
        bare.replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))),
      );
    }
    if (edge !== null) graph.edges.push({ from: edge[1]!, label: edge[2], to: edge[3]! });
  }
  return graph;
}

/** Reads the part of the DOT language that is written here, strictly. */
function readDot(text: string): Graph {
  const lines = text.trimEnd().split('\n');
  expect(lines.slice(0, 3)).toEqual([
    'digraph plan {',
    '  rankdir=LR;',
    '  node [shape=box, fontname="sans-serif"];',
  ]);
  expect(lines.at(-1)).toBe('}');
  const graph: Graph = { nodes: new Map(), edges: [] };
  const string = String.raw`"((?:[^"\\\n]|\\["\\n])*)"`;
  for (const line of lines.slice(3, -1)) {
    const node = new RegExp(String.raw`^ {2}(n\d+) \[label=${string}((?:, [a-z]+=[a-z]+)*)\];$`).exec(line);
    const edge = new RegExp(String.raw`^ {2}(n\d+) -> (n\d+)(?: \[label=${string}, style=dashed\])?;$`).exec(
      line,
    );
    if (node === null && edge === null) throw new Error(`no line of DOT: ${line}`);
    if (node !== null)
      graph.nodes.set(
        node[1]!,
        node[2]!.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
      );
    if (edge !== null) graph.edges.push({ from: edge[1]!, to: edge[2]!, label: edge[3] });
  }
  return graph;
}

/** `from -> to` by their texts, in any order. */
function picture({ nodes, edges }: Graph): string[] {
  const name = (id: string): string => {
    const text = nodes.get(id);
    if (text === undefined) throw new Error(`an edge to ${id}, which is no node`);
    return text.replaceAll('\n', ' ');
  };
  return edges
    .map(({ from, to, label }) => `${name(from)} -> ${name(to)}${label === undefined ? '' : ` (${label})`}`)
    .toSorted();
}

const REASON =
  'unschedulable No tentacle can serve (B with mcu): b1 is disabled: a "bent" \\ pin; #1 <b> & `it` ] } | --> end next.';
const EXPECTED = [
  ...['A', 'A-X'].flatMap((variant) =>
    ['a1 A', 'a2 A'].flatMap((tentacle) => [
      `${variant} left × 2 -> ${tentacle}`,
      `${variant} left × 2 -> ${tentacle} (right)`,
      `${variant}@${tentacle.slice(0, 2)} × 2 -> ${tentacle}`,
    ]),
  ),
  `B@b1 × 2 -> ${REASON}`,
  'air -> not for this lab no tentacle of this lab has ble.',
  'docs -> host × 2',
  'host × 2 -> this machine',
  'net -> A left × 2',
  'net -> A-X left × 2',
  ...['A-X@a1', 'A-X@a2', 'A@a1', 'A@a2', 'B@b1'].map((what) => `std -> ${what} × 2`),
].toSorted();

test('mermaid: every line is of a flowchart, and the picture is the plan', () => {
  expect(picture(readMermaid(`${[...planMermaid(plan())].join('\n')}\n`))).toEqual(EXPECTED);
});

test('dot: every line is of the language, and the picture is the plan', () => {
  expect(picture(readDot(`${[...planDot(plan())].join('\n')}\n`))).toEqual(EXPECTED);
});
