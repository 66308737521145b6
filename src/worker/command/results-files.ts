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
      return [];
    default:
      return unreachable(kind);
  }
}

function read(file: string): ResultsFile[] {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return [];
  if (stat.size > LARGEST) return [{ text: `more than ${LARGEST} bytes`, modifiedAt: stat.mtimeMs }];
  return [{ text: readFileSync(file, 'utf8'), modifiedAt: stat.mtimeMs }];
}
