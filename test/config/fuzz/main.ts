import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { loadLab } from '../../../src/config/load.ts';
import { checkDocument, type CheckDocument } from '../../../src/config/check-document.ts';
import type { Diagnostic } from '../../../src/diagnostic/diagnostic.ts';
import { formatDiagnostic } from '../../../src/diagnostic/format.ts';
import { widthOf } from '../../../src/diagnostic/width.ts';
import { SAMPLES, type Sample } from './corpus.ts';
import { mutate, mutations } from './mutations.ts';

/**
 * `node main.ts DIRECTORY SEED COUNT`: mutates so many lab files, overlays and plans, and reads each. Each file is written
 * to DIRECTORY before it is read, so that what hangs or kills the process lies there. Ends with 1 at the first fault of ours,
 * with the smallest mutations that show it.
 */
const [directory = '', seed = '', count = ''] = process.argv.slice(2);
for (const [name, sample] of Object.entries(SAMPLES)) {
  lay(name, sample);
  const { ok, diagnostics } = await read(name, sample);
  expect(ok, `${name}: ${JSON.stringify(diagnostics)}`);
}
// The shipped plans take longest to read, and have little that the others have not.
const shipped = ['smoke', 'micropython'];
const sampleName = fc.oneof(
  { arbitrary: fc.constantFrom(...Object.keys(SAMPLES).filter((one) => !shipped.includes(one))), weight: 49 },
  { arbitrary: fc.constantFrom(...shipped), weight: 1 },
);
// The YAML parser makes an Error of each syntax error; nobody reads where in the parser.
Error.stackTraceLimit = 0;
let slowestMs = 0;
await fc.assert(
  fc.asyncProperty(sampleName, mutations, async (name, steps) => {
    const sample = SAMPLES[name];
    expect(sample !== undefined, name);
    const { files, mutated } = sample;
    const file = path.join(directory, name, mutated);
    // Some filesystems write a file to disk at once when it is cut to nothing and written again.
    rmSync(file);
    writeFileSync(file, mutate(files[mutated] ?? '', steps));
    const start = performance.now();
    await read(name, sample);
    slowestMs = Math.max(slowestMs, performance.now() - start);
  }),
  { numRuns: Number(count), seed: Number(seed) },
);
process.stdout.write(`${count} files, the slowest ${Math.ceil(slowestMs)} ms\n`);

/** The files of a sample in a directory of their own; the mutated one is written again each time. */
function lay(name: string, { files }: Sample): void {
  const cwd = path.join(directory, name);
  mkdirSync(path.join(cwd, 'somewhere'), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(cwd, file), text);
}

async function read(name: string, sample: Sample): Promise<CheckDocument> {
  const cwd = path.join(directory, name);
  const env = { HOME: cwd, PYTHON: 'python3' };
  const loaded = await loadLab({ cwd, file: 'testbed.yaml', env });
  const document = checkDocument(loaded);
  expect(loaded.ok === (document.errors === 0), 'a lab or an error, never both');
  // What JSON can not say would be lost on the way.
  expect(isDeepStrictEqual(JSON.parse(JSON.stringify(document)), document), 'plain JSON');
  const all = loaded.ok ? [...loaded.warnings, ...loaded.advice()] : loaded.faults;
  const texts = all.map((diagnostic) => {
    const text = formatDiagnostic(diagnostic, { color: false, cwd, columns: 80 });
    expect(isPlaced(diagnostic), `no place: ${text}`);
    // oxlint-disable-next-line no-control-regex -- they are what it looks for
    expect(
      !/[^\n\P{Cc}]|[\u202a-\u202e]|undefined|\[object|Internal error/u.test(text),
      `what is this: ${text}`,
    );
    for (const line of text.split('\n').filter((shown) => /^ +\d* \| /.test(shown)))
      expect(widthOf(line) <= 80, `too wide: ${line}`);
    return text;
  });
  expect(new Set(texts).size === texts.length, `told twice in ${sample.mutated}: ${texts.join('\n')}`);
  return document;
}

/** In a file, at letters that are there. */
function isPlaced({ source, range, also = [] }: Diagnostic): boolean {
  return [{ source, range }, ...also].every(
    (place) =>
      place.source !== undefined &&
      place.range !== undefined &&
      place.range.offset >= 0 &&
      place.range.length >= 0 &&
      place.range.offset + place.range.length <= place.source.text.length,
  );
}

function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}
