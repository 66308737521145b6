import type { FeatureName, Ms, RoleName, SpecName, StageName } from './ids.ts';

/** How the verdicts of a run come about. */
export type ResultsKind = 'micropython' | 'repl' | 'tap' | 'junit' | 'events' | 'exit-code';

/** What one order stands for: see `docs/design/plan.md`. */
export type Cover = 'each-variant' | 'each-role' | 'each-tentacle' | 'once';

/** A named place in a spec for one tentacle that has the feature. */
export interface Role {
  readonly name: RoleName;
  readonly feature: FeatureName;
}

/** A named resource of host or lab, and whether a run has it alone, shares it, or takes so many of it. */
export type Uses = Readonly<Record<string, 'exclusive' | 'shared' | number>>;

/** What must hold before the test phase: checked, or set up, in the setup phase; else the run is a skip with the reason. */
export type Need = 'filesystem' | 'unittest' | 'native' | 'mpy' | 'wlan' | 'certificates' | 'clock';

/** An immutable description of one test group, from a plan. Templates (`${…}`) are still in the strings. */
export interface TestRunSpec {
  readonly name: SpecName;
  /** Stands in ids and reports. */
  readonly label: string;
  readonly help: string;
  /** Empty for host-only specs. The first role covers. */
  readonly roles: readonly Role[];
  readonly cover: Cover;
  /** Higher is served first. */
  readonly priority: number;
  /** Limit of the test phase. */
  readonly timeoutMs: Ms;
  /** No output for so long ends the run; absent: no such limit. */
  readonly silenceMs?: Ms;
  /** Between TERM and KILL. */
  readonly graceMs: Ms;
  /** Expected duration until history knows better. */
  readonly estimateMs: Ms;
  readonly needs: readonly Need[];
  /** Its runs are started from this stage: a host stage, or a tentacle stage on each of their tentacles. */
  readonly stage?: StageName;
  /** How often an `error` is offered again. */
  readonly retries: number;
  /** How often a `fail` is offered again. */
  readonly retryFails: number;
  /** Exit codes by which its command asks that nothing more be run. */
  readonly bailCodes: readonly number[];
  /** No other run of the session goes on at the same time. */
  readonly isolated: boolean;
  readonly uses: Uses;
  readonly env: Readonly<Record<string, string>>;
  /** Working directory, a template; relative to the plan file's directory, which is made absolute here. */
  readonly cwd: string;
  /** Glob of test files, relative to `cwd`. */
  readonly files?: string;
  /** argv that prints the tests, one a line. */
  readonly list?: readonly string[];
  /** argv of the test command; absent for `results: repl`. */
  readonly command?: readonly string[];
  /** Commands that are carried out after `command`, however it ended, in this order. */
  readonly teardown?: readonly (readonly string[])[];
  readonly results: ResultsKind;
  /** Zero tests are a pass. */
  readonly allowEmpty: boolean;
  /** Absolute path of the plan file that it comes from. */
  readonly file: string;
}

/** An excuse, with its reason: this test is known to fail on these boards. */
export interface Expectation {
  /** Glob over test paths. */
  readonly test: string;
  /** Globs over board-variants; empty: all. */
  readonly boards: readonly string[];
  /** Globs over spec names or labels; empty: all. */
  readonly specs: readonly string[];
  readonly verdict: 'fail' | 'error' | 'skip';
  readonly reason: string;
  readonly link?: string;
  /** `YYYY-MM-DD`, the last day on which it excuses. */
  readonly until?: string;
  /** `file:line` of the entry, for messages. */
  readonly at: string;
}
