import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Lab } from '../model/lab.ts';
import type { WrittenLab } from './written-lab.ts';

/** Which lab is wanted. */
export interface LabRequest {
  /** Absolute; searched upward when no file and no port is named. */
  readonly cwd: string;
  /** `-c FILE`, relative to `cwd`, with any extension. */
  readonly file?: string;
  /** `--port`: a lab of one, without a file. */
  readonly port?: string;
  /** `--board`: with `port`. */
  readonly board?: string;
  /** With `board`: the only variant that it runs; absent: those of the catalogue. */
  readonly variant?: string;
  /** `--source NAME=SPEC`: instead of, or besides, what the lab file says; directories are relative to `cwd`. */
  readonly sources?: Readonly<Record<string, string>>;
  readonly env: NodeJS.ProcessEnv;
}

/** A lab in which everything that is named exists; else all faults at once. Files are read, nothing else is touched. */
export type LoadedLab =
  | {
      readonly ok: true;
      readonly lab: Lab;
      /** Values of the secrets that are set, by name; masked in everything that is kept. */
      readonly secrets: Readonly<Record<string, string>>;
      readonly warnings: readonly Diagnostic[];
      /** Warnings for who asks: what nobody uses, and what a plan of this lab says by itself, such as roles that stay empty. */
      readonly advice: () => readonly Diagnostic[];
      /** What the lab was made of, with places. */
      readonly written: WrittenLab;
    }
  | { readonly ok: false; readonly faults: readonly Diagnostic[] };
