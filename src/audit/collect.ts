import type { ResultsKind } from '../model/plan.ts';
import type { TestResult } from '../model/verdict.ts';
import { unreachable } from '../util/unreachable.ts';
import { badResults, isFresh, type Collected } from './collected.ts';
import { parseMicropythonResults } from './micropython.ts';

/** What a run left behind for its verdict. The caller has read it; nothing here does I/O. */
export interface Remains {
  /** All that was printed on stdout; of `tap`, nothing. */
  readonly stdout: string;
  /** What was read from the stdout of `tap` while it came. */
  readonly tap?: Collected | undefined;
  /** The results file of `micropython`, the files of `junit`: text and epoch ms of the last change. */
  readonly files: readonly { readonly text: string; readonly modifiedAt: number }[];
  /** What failing tests of `micropython` printed and should have, by file name. */
  readonly outputs?: ReadonlyMap<string, string>;
  /** Tests that were judged one by one, for `repl`. */
  readonly tests: readonly TestResult[];
  /** Epoch ms at which the test process was started. */
  readonly startedAt: number;
  readonly exitCode: number | null;
}

/** Reads a run's results by the kind that its spec names. JUnit is read from its files, else from stdout. */
export async function collect(kind: ResultsKind, remains: Remains): Promise<Collected> {
  switch (kind) {
    case 'exit-code':
    case 'events':
      return { tests: [] };
    case 'repl':
      return { tests: remains.tests };
    case 'tap':
      return remains.tap ?? { tests: [] };
    case 'junit': {
      const { parseJunit } = await import('./junit.ts');
      const fresh = remains.files.filter((file) => isFresh(file.modifiedAt, remains.startedAt));
      if (fresh.length < remains.files.length)
        return badResults('A JUnit file is older than this run: the test process did not write it.');
      if (fresh.length > 0) return await parseJunit(...fresh.map((file) => file.text));
      return await (/<testsuites?[\s>/]/.test(remains.stdout) ? parseJunit(remains.stdout) : parseJunit());
    }
    case 'micropython': {
      const [file] = remains.files;
      return parseMicropythonResults({
        text: file?.text,
        ...(file === undefined ? {} : { modifiedAt: file.modifiedAt }),
        startedAt: remains.startedAt,
        stdout: remains.stdout,
        exitCode: remains.exitCode,
        ...(remains.outputs === undefined ? {} : { outputs: remains.outputs }),
      });
    }
    default:
      return unreachable(kind);
  }
}
