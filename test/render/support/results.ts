import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The name of the one session of a `Results`. */
export const SESSION = '2026-11-20T23-11-05-4f2a';

/** A working directory with `results/` and one session in it, gone with the test. */
export class Results implements Disposable {
  readonly cwd = mkdtempSync(path.join(os.tmpdir(), 'testbed-render-'));
  readonly directory = path.join(this.cwd, 'results', SESSION);

  constructor(log?: string | Uint8Array) {
    mkdirSync(this.directory, { recursive: true });
    if (log !== undefined) writeFileSync(path.join(this.directory, 'events.jsonl'), log);
  }

  write(name: string, text: string): void {
    const file = path.join(this.directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  [Symbol.dispose](): void {
    rmSync(this.cwd, { recursive: true, force: true });
  }
}
