import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ResultsKind } from '../../model/plan.ts';
import { unreachable } from '../../util/unreachable.ts';

/** A larger file is not read: it would have to be held in memory as a whole. */
const LARGEST = 64 * 1024 * 1024;

/** A file that the test process should have left: its text and epoch ms of its last change. */
export interface ResultsFile {
  readonly text: string;
  readonly modifiedAt: number;
}

/** The files in a run's directory that its verdict is made of: `_results.json`, or every `*.xml`. */
export function readResultsFiles(directory: string, kind: ResultsKind): ResultsFile[] {
  switch (kind) {
    case 'micropython':
      return read(join(directory, '_results.json'));
    case 'junit':
      return readdirSync(directory)
        .filter((name) => name.endsWith('.xml'))
        .toSorted()
        .flatMap((name) => read(join(directory, name)));
    case 'exit-code':
    case 'repl':
    case 'tap':
    case 'events':
      return [];
    default:
      return unreachable(kind);
  }
}

/** So many failing tests are explained: more are not read by anybody. */
const MOST_OUTPUTS = 50;
/** Longer output explains nothing in a sentence. */
const LARGEST_OUTPUT = 1024 * 1024;

/** What `run-tests.py` left of tests that failed, by file name: `basics_x.py.out`, what it printed, and `.exp`, what it should have. */
export function readOutputs(directory: string, kind: ResultsKind): ReadonlyMap<string, string> {
  if (kind !== 'micropython') return new Map();
  const outs = readdirSync(directory).filter((name) => name.endsWith('.out'));
  return new Map(
    outs
      .slice(0, MOST_OUTPUTS)
      .flatMap((out) => [out, out.replace(/out$/, 'exp')])
      .flatMap((name) => {
        const stat = statSync(join(directory, name), { throwIfNoEntry: false });
        if (stat === undefined || !stat.isFile() || stat.size > LARGEST_OUTPUT) return [];
        return [[name, readFileSync(join(directory, name), 'utf8')] as const];
      }),
  );
}

function read(file: string): ResultsFile[] {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return [];
  if (stat.size > LARGEST) return [{ text: `more than ${LARGEST} bytes`, modifiedAt: stat.mtimeMs }];
  return [{ text: readFileSync(file, 'utf8'), modifiedAt: stat.mtimeMs }];
}
