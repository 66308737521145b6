import { readFile } from 'node:fs/promises';
import { Cpython } from './cpython.ts';

/** What a test should print, and who says so; or why nobody can say. */
export type Expected =
  | { readonly ok: true; readonly output: Buffer; readonly from: 'file' | 'cpython'; readonly file: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Finds out what tests should print: `x.py.exp` or `x.exp` beside the test, else what CPython prints for it. Asked ahead,
 * so that the answer is there when the board is done.
 */
export class Expectations {
  readonly #cpython: Cpython;
  readonly #asked = new Map<string, Promise<Expected>>();

  constructor(python: string, env: Readonly<NodeJS.ProcessEnv>) {
    this.#cpython = new Cpython(python, env);
  }

  /** `file` is the test's absolute path. Asking twice costs nothing. */
  of(file: string): Promise<Expected> {
    let answer = this.#asked.get(file);
    if (answer === undefined) this.#asked.set(file, (answer = this.#find(file)));
    return answer;
  }

  /** What a fresh CPython says: the last word before a test is called failed. */
  async again(expected: Expected): Promise<Expected> {
    if (!expected.ok || expected.from === 'file') return expected;
    return this.#ask(expected.file, 'plain');
  }

  /** The output of a test that was judged is not needed again. */
  forget(file: string): void {
    this.#asked.delete(file);
  }

  close(): void {
    this.#cpython.close();
  }

  async #find(file: string): Promise<Expected> {
    for (const beside of [`${file}.exp`, file.replace(/\.py$/, '.exp')]) {
      try {
        return { ok: true, output: await readFile(beside), from: 'file', file };
      } catch (fault) {
        if ((fault as NodeJS.ErrnoException).code !== 'ENOENT') {
          return { ok: false, reason: `Could not read ${beside}: ${(fault as Error).message}` };
        }
      }
    }
    return this.#ask(file, 'forked');
  }

  async #ask(file: string, mode: 'forked' | 'plain'): Promise<Expected> {
    const answer = await this.#cpython.run(file, mode);
    if (answer.ok) return { ok: true, output: answer.output, from: 'cpython', file };
    return { ok: false, reason: `There is no ${file}.exp, and ${answer.reason}.` };
  }
}
