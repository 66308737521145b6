import type { Ms } from '../../src/model/ids.ts';
import type { Bench, Entries, Sketch } from './bench.ts';

/** What the faults of one kind have in common; the table's parts, in this order. */
export const KINDS = [
  'a process is killed',
  'a process is stopped',
  'a session is in the background, or goes on',
  'a stage dies, or hangs',
  'a resident runner dies',
  'a person wants it to end',
  'a test leaves something behind',
  'a test misbehaves',
  'a test tells what it should not',
  'what shows a session fails',
  'a hook misbehaves',
  'the system gives no more',
  'two sessions meet',
  'a log is not whole',
] as const;
export type Kind = (typeof KINDS)[number];

/** What every row says about itself. */
interface AnyRow {
  readonly kind: Kind;
  /** What goes wrong, for the table. */
  readonly fault: string;
  /** Also in `npm test`, which has one of each kind. */
  readonly short?: true;
  /** Why it can not be had on this machine; undefined when it can. */
  readonly missing?: () => string | undefined;
}

/** A fault that a session meets. */
export interface SessionRow extends AnyRow {
  /** The specs of the lab, served in this order. */
  readonly lab: (bench: Bench) => Readonly<Record<string, Sketch>>;
  /** The hooks of the lab, by name, as in a lab file. */
  readonly hooks?: (bench: Bench) => Entries;
  /** The stages of the plan, by name, as in a plan. */
  readonly stages?: (bench: Bench) => Entries;
  /** Added to `testbed run`. */
  readonly args?: readonly string[];
  readonly env?: (bench: Bench) => NodeJS.ProcessEnv;
  /** A command that gets that of testbed as its last arguments. */
  readonly through?: readonly string[];
  /** Resolves when the fault has been done; after it, every test that waits may pass. Absent: a test of the lab is itself the fault. */
  readonly inject?: (bench: Bench) => Promise<unknown>;
  /** The run whose end is the verdict; absent: the end of the session is. */
  readonly verdict?: string;
  /** So much of the time to the verdict is what the lab's own limits allow. */
  readonly dueMs?: Ms;
  readonly holds: Holds;
}

/** What must be true in the end, beyond what must be true after every fault (see `carryOut`). */
export interface Holds {
  /** Of the session that met the fault: its exit code, or the signal that killed it. */
  readonly exit: number | NodeJS.Signals;
  /** Every finished run as `RUN verdict cause blame`, sorted; where they are many, `check` says what must hold. */
  readonly runs?: readonly string[];
  readonly log: 'complete' | 'interrupted' | 'cut off';
  /** What `testbed run --resume` makes of it: all finished runs of the log then. For a log that is not complete. */
  readonly resumed?: readonly string[];
  /** What a person reads on stderr, or as a warning. */
  readonly says?: RegExp;
  /** More than one process was hit at once: processes and leases may stay until the next start. */
  readonly untilNextStart?: true;
  /** Documented limits: so many processes may stay, and why. */
  readonly mayStay?: { readonly processes: number; readonly why: string };
  /** Sentences about what does not hold. */
  readonly check?: (bench: Bench) => readonly string[];
}

/** A fault that needs more than one session, or none. */
export interface TrialRow extends AnyRow {
  /** Brings it about, and looks at what comes of it. */
  readonly attempt: (bench: Bench) => Promise<Seen>;
}

/** What came of a trial. */
export interface Seen {
  /** For the table. */
  readonly what: string;
  readonly log: string;
  /** Sentences about what does not hold. */
  readonly broken: readonly string[];
}

export type Row = SessionRow | TrialRow;

/** What came of a row. */
export interface Result {
  readonly row: Row;
  readonly outcome: 'held' | 'broken' | 'not here';
  /** What happened, or why it can not be had here. */
  readonly what: string;
  readonly verdictMs?: Ms;
  /** Processes and leases left, as the table shows them. */
  readonly processes: string;
  readonly leases: string;
  readonly log: string;
  /** Sentences about what should hold and does not. */
  readonly broken: readonly string[];
}
