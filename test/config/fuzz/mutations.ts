import * as fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { unreachable } from '../../../src/util/unreachable.ts';

/** What is done to a file, one after the other; plain data, so that fast-check can make it smaller. */
export type Mutation = BytesMutation | TreeMutation;

interface BytesMutation {
  readonly in: 'bytes';
  readonly how: 'replace' | 'delete' | 'insert' | 'repeat' | 'flip' | 'truncate' | 'move';
  readonly at: number;
  readonly length: number;
  readonly to: number;
  readonly put: string;
}

interface TreeMutation {
  readonly in: 'tree';
  readonly how: 'replace' | 'delete' | 'rename' | 'share' | 'merge' | 'swap' | 'wrap' | 'add';
  readonly at: number;
  readonly to: number;
  readonly key: string;
  readonly value: unknown;
  readonly style: 'any' | 'block' | 'flow';
}

const TOKENS = [
  '[',
  ']',
  '{',
  '}',
  ':',
  ': ',
  '\n',
  '\r\n',
  '\r',
  '\t',
  '- ',
  '"',
  "'",
  '&a ',
  '*a',
  '*pico',
  '<<: ',
  '${x}',
]
  .concat([
    '${',
    '}',
    '#',
    ' #',
    '!',
    '!!int ',
    '|',
    '>-',
    '\0',
    '0',
    'null',
    '~',
    'ü',
    '%',
    '? ',
    ',',
    '---\n',
    '...',
    '\\',
  ])
  .concat([
    '\u001b[31m',
    '\u202e',
    '\ufeff',
    '\u{1f600}',
    '日本',
    '  ',
    '@',
    '`',
    '=',
    '__proto__: ',
    'constructor',
    '0x1F',
    '1e999',
  ]);
const KEYS = [
  'lab',
  'plans',
  'tentacles',
  'board',
  'usb',
  'features',
  'specs',
  'extends',
  'timeout',
  'files',
  '__proto__',
  '',
].concat([
  'constructor',
  'toString',
  '<<',
  'secrets',
  'a b',
  '\u001b[2J',
  '${env.X}',
  'x'.repeat(300),
  '1',
  'true',
  'ROLE',
  'dut',
  '-',
  '~',
]);
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  Number.NaN,
  1e300,
  '',
  ' ',
  'x',
  '~',
  '\0',
  '\n',
  '${',
  '${tests}',
  '${env.NOPE}',
]
  .concat([
    'a\u001b[2Jb',
    '..',
    '.',
    './',
    '/',
    './nowhere.yaml',
    './plan.yaml',
    '[a',
    '{a',
    'a{b',
    '1m',
    '0s',
    '9999999h',
    'https://',
    'a@b:c',
  ] as never[])
  .concat([
    '2026-02-31',
    '0000-01-01',
    'x'.repeat(2000),
    '\u{1f600}'.repeat(90),
    [],
    {},
    [[]],
    [null],
    { a: null },
    [{}],
    { '': '' },
  ] as never[]);

const bytes: fc.Arbitrary<BytesMutation> = fc.record({
  in: fc.constant('bytes' as const),
  how: fc.constantFrom('replace', 'delete', 'insert', 'repeat', 'flip', 'truncate', 'move'),
  at: fc.nat(),
  length: fc.nat(24),
  to: fc.nat(),
  put: fc.oneof(fc.constantFrom(...TOKENS), fc.string({ maxLength: 4 })),
});

const tree: fc.Arbitrary<TreeMutation> = fc.record({
  in: fc.constant('tree' as const),
  how: fc.constantFrom('replace', 'delete', 'rename', 'share', 'merge', 'swap', 'wrap', 'add'),
  at: fc.nat(),
  to: fc.nat(),
  key: fc.oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 3 })),
  value: fc.oneof(fc.constantFrom(...VALUES), fc.jsonValue({ maxDepth: 2 })),
  style: fc.constantFrom('any', 'block', 'flow'),
});

const trees = fc.array(tree, { minLength: 1, maxLength: 3 });
const edits = fc.array(bytes, { minLength: 1, maxLength: 3 });

/** Of the tree, which mostly leaves YAML with wrong values; of the bytes, which mostly leaves none; of both, the tree first. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.oneof(
  { arbitrary: trees, weight: 3 },
  { arbitrary: edits, weight: 2 },
  { arbitrary: fc.tuple(trees, edits).map(([ofTree, ofBytes]) => [...ofTree, ...ofBytes]), weight: 1 },
);

/** The bytes of a file after its mutations. */
export function mutate(text: string, steps: readonly Mutation[]): Buffer {
  const ofTree = steps.filter((step) => step.in === 'tree');
  let file: Buffer = Buffer.from(ofTree.length === 0 ? text : mutateTree(text, ofTree));
  for (const step of steps) if (step.in === 'bytes') file = mutateBytes(file, step);
  return file;
}

function mutateBytes(file: Buffer, { how, at, length, to, put }: BytesMutation): Buffer {
  const start = file.length === 0 ? 0 : at % file.length;
  const [before, piece, after] = [
    file.subarray(0, start),
    file.subarray(start, start + length),
    file.subarray(start + length),
  ];
  switch (how) {
    case 'replace':
      return Buffer.concat([before, Buffer.from(put), after]);
    case 'delete':
      return Buffer.concat([before, after]);
    case 'insert':
      return Buffer.concat([before, Buffer.from(put), piece, after]);
    case 'repeat':
      return Buffer.concat([before, piece, piece, after]);
    case 'flip': {
      const flipped = Buffer.from(file);
      if (flipped.length > 0) flipped[start] = (flipped[start] ?? 0) ^ (1 << (to % 8));
      return flipped;
    }
    case 'truncate':
      return before;
    case 'move': {
      const rest = Buffer.concat([before, after]);
      const target = rest.length === 0 ? 0 : to % rest.length;
      return Buffer.concat([rest.subarray(0, target), piece, rest.subarray(target)]);
    }
    default:
      return unreachable(how);
  }
}

type Parent = Record<string, unknown> | unknown[];

/** A place in the tree: a key of a map, or an index of a list. */
interface Place {
  readonly parent: Parent;
  readonly key: string;
}

/** By the text that they were read from. */
const parsed = new Map<string, unknown>();

/** A value that stands in two places becomes an anchor and an alias when it is written; in itself, an alias in its own anchor. */
function mutateTree(text: string, steps: readonly TreeMutation[]): string {
  if (!parsed.has(text)) parsed.set(text, parse(text, { merge: false, logLevel: 'silent' }));
  const whole = { file: structuredClone(parsed.get(text)) };
  for (const step of steps) {
    const places = placesOf(whole);
    const pick = (number: number): Place | undefined => places[number % places.length];
    const [one, other] = [pick(step.at), pick(step.to)];
    if (one !== undefined && other !== undefined) mutateAt(one, other, step);
  }
  const written = stringify(whole.file, {
    collectionStyle: steps[0]?.style ?? 'any',
    aliasDuplicateObjects: true,
    lineWidth: 0,
  }) as string | undefined;
  return written ?? '';
}

function mutateAt(one: Place, other: Place, { how, key, value }: TreeMutation): void {
  const there = get(one);
  switch (how) {
    case 'replace':
      return set(one, structuredClone(value));
    case 'delete':
      return remove(one);
    case 'rename':
      if (Array.isArray(one.parent)) return;
      remove(one);
      return set({ ...one, key }, there);
    case 'share':
      return set(other, there);
    case 'merge':
      return isMap(get(other)) ? set({ parent: get(other) as Parent, key: '<<' }, there) : undefined;
    case 'swap':
      set(one, get(other));
      return set(other, there);
    case 'wrap':
      return set(one, key === '' ? [there] : { [key]: there });
    case 'add':
      if (Array.isArray(there)) there.push(structuredClone(value));
      else if (isMap(there)) set({ parent: there, key }, structuredClone(value));
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function get({ parent, key }: Place): unknown {
  return Array.isArray(parent) ? parent[Number(key)] : parent[key];
}

/** Also a key such as `__proto__`, which is a word like any other in YAML. */
function set({ parent, key }: Place, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function placesOf(parent: Parent, seen = new Set<unknown>()): Place[] {
  if (seen.has(parent)) return [];
  seen.add(parent);
  return Object.entries(parent).flatMap(([key, value]): Place[] => {
    const below = typeof value === 'object' && value !== null ? placesOf(value as Parent, seen) : [];
    return [{ parent, key }, ...below];
  });
}
