import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/**
 * Which floor may import which, as data: a floor may import itself and what stands on the rows below it; `also` are the few
 * neighbours on its own row. The picture stands in `docs/design/README.md`.
 */
const ROWS: readonly (readonly string[])[] = [
  ['util'],
  ['model', 'diagnostic', 'event'],
  ['config', 'plan', 'audit', 'overlord'],
  ['log', 'source', 'labstate'],
  ['process', 'serial', 'tentacle', 'firmware'],
  ['dispatch', 'worker', 'virtual', 'hook'],
  ['render'],
  ['cli'],
];
const ALSO: Readonly<Record<string, readonly string[]>> = {
  event: ['model'],
  tentacle: ['process', 'serial'],
};
/** A process entry, started by its path: nobody imports it. */
const ENTRIES = ['virtual', 'worker', 'hook'];
/** Heavy packages, and the only floors that may load them. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  serialport: ['serial', 'tentacle', 'virtual'],
  listr2: ['render'],
  ajv: ['config'],
  cosmiconfig: ['config'],
  'tap-parser': ['audit'],
  'fast-xml-parser': ['audit', 'render'],
};

const root = path.resolve(import.meta.dirname, '..');
const imports = globSync('src/**/*.ts', { cwd: root }).flatMap((file) =>
  [...readFileSync(path.join(root, file), 'utf8').matchAll(/(?:from|import)\s*(\(?)\s*'([^']+)'/g)].map(
    (match) => ({
      file,
      floor: file.split('/')[1] ?? '',
      specifier: match[2] ?? '',
      lazy: match[1] === '(',
    }),
  ),
);

function allowed(floor: string): string[] {
  const row = ROWS.findIndex((floors) => floors.includes(floor));
  return [floor, ...ROWS.slice(0, row).flat(), ...(ALSO[floor] ?? [])].filter(
    (name) => name === floor || !ENTRIES.includes(name),
  );
}

/** What each file of `src` imports from there, types like anything else; `import()` is a call, and not there until it is made. */
function sourceImports(): ReadonlyMap<string, readonly string[]> {
  const files = Map.groupBy(
    imports.filter(({ specifier, lazy }) => specifier.startsWith('.') && !lazy),
    ({ file }) => file,
  );
  return new Map(
    [...files].map(([file, entries]) => [
      file,
      entries.map(({ specifier }) => path.join(path.dirname(file), specifier)),
    ]),
  );
}

/** The circles that a walk along the arrows meets, each once as `a → b → a`; none is met only when there is none. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const walked = new Set<string>();
  const walk = (file: string, way: readonly string[]): void => {
    const seen = way.indexOf(file);
    if (seen >= 0) found.push([...way.slice(seen), file].join(' → '));
    if (walked.has(file)) return;
    walked.add(file);
    for (const next of graph.get(file) ?? []) walk(next, [...way, file]);
  };
  for (const file of graph.keys()) walk(file, []);
  return found;
}

test('imports go down the floors only', () => {
  const wrong = imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map((entry) => ({
      ...entry,
      target: path.join(path.dirname(entry.file), entry.specifier).split('/')[1] ?? '',
    }))
    .filter(({ floor, target }) => !allowed(floor).includes(target))
    .map(({ file, target }) => `${file} imports ${target}/`);
  expect(imports.length).toBeGreaterThan(20);
  expect(wrong).toEqual([]);
});

test('no file imports itself by way of others, not even its types', () => {
  expect(circles(sourceImports())).toEqual([]);
});

test('a circle is told by the files on it', () => {
  const forked = { a: ['b'], b: ['c', 'd'], c: ['d'], d: [] };
  const circled = { a: ['b'], b: ['c'], c: ['d', 'b'], d: ['d'] };
  const told = [forked, circled].map((graph) => circles(new Map(Object.entries(graph))));
  expect(told).toEqual([[], ['d → d', 'b → c → b']]);
});

test('util needs nothing but node, and heavy packages stay where they are used', () => {
  const wrong = imports
    .filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .filter(({ floor, specifier }) => floor === 'util' || !(PACKAGES[specifier] ?? [floor]).includes(floor))
    .map(({ file, specifier }) => `${file} imports ${specifier}`);
  expect(wrong).toEqual([]);
});

test('every folder of src is a floor', () => {
  const folders = new Set(globSync('src/*/', { cwd: root }).map((folder) => path.basename(folder)));
  expect([...folders].filter((folder) => !ROWS.flat().includes(folder))).toEqual([]);
});
