import type { Ms, StageName } from './ids.ts';
import type { PreloadLanguage } from './preload.ts';

/** A prepared, long-lived state that runs are started from, as a plan describes it. Templates are still in the strings. */
export type StageSpec = HostStage | TentacleStage;

/** What both kinds of stages have. */
interface StageBase {
  readonly name: StageName;
  /** Stages that are ready before this one is begun, and that it goes down with. */
  readonly after: readonly StageName[];
  /** For its commands, on top of testbed's own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** As a spec's: absolute, or beginning with a template. */
  readonly cwd: string;
  /** How long it may take until it is ready. */
  readonly limitMs: Ms;
  /** Absolute path of the plan file that it comes from. */
  readonly file: string;
}

/** When a host stage's command that ended is started again, if anybody still needs it. */
export type RestartPolicy = 'never' | 'on-failure' | 'always';

/** A long-lived command on this computer, such as a server that tests talk to. */
export interface HostStage extends StageBase {
  readonly kind: 'host';
  /** Of one with `preload:`, its interpreter alone. */
  readonly command: readonly string[];
  readonly ready: Ready;
  readonly restart: RestartPolicy;
  /** Files, directories and globs, relative to `cwd`: when one changes, the stage is begun anew once nobody uses it. */
  readonly reload: readonly string[];
  /** Between TERM and KILL. */
  readonly graceMs: Ms;
}

/** How one knows that a host stage's command is ready. */
export type Ready =
  /** A line of its output matches; named groups are values of the stage. */
  | { readonly kind: 'line'; readonly pattern: string }
  /** Somebody listens on this port of this computer, who did not before; a template. */
  | { readonly kind: 'port'; readonly port: string }
  /** The file is there, and newer than the start; a template. */
  | { readonly kind: 'file'; readonly file: string }
  /** This command ends with 0; it is asked again and again. */
  | { readonly kind: 'command'; readonly command: readonly string[] }
  /** The interpreter has imported these, and starts tests from there. */
  | {
      readonly kind: 'preload';
      readonly language: PreloadLanguage;
      readonly imports: readonly string[];
    };

/** Steps that bring a board into a state: valid on (tentacle, firmware) until reflash, power loss or failure. */
export interface TentacleStage extends StageBase {
  readonly kind: 'tentacle';
  readonly steps: readonly StageStep[];
}

/** One thing that is done to a board. */
export type StageStep =
  /** The firmware is written, also when the board has it already. */
  | { readonly kind: 'flash' }
  /** Off and on again; a board without a switch restarts its interpreter. */
  | { readonly kind: 'power' }
  /** A program for the board's REPL: its text. */
  | { readonly kind: 'exec'; readonly code: string }
  /** The same from a file, relative to `cwd`. */
  | { readonly kind: 'exec-file'; readonly file: string }
  /** Files that match these globs, relative to `cwd`, are put into a directory of the board. */
  | { readonly kind: 'put'; readonly files: readonly string[]; readonly to: string }
  /** A command on this computer, with the board's port free for it. */
  | { readonly kind: 'command'; readonly command: readonly string[] };

/** The values of a stage that is ready, by the last word of `${stage.NAME.KEY}`. */
export type StageValues = Readonly<Record<string, string>>;

/** The role that stands for the board in the templates of a tentacle stage: `${tentacle.port}`. */
export const STAGE_ROLE = 'tentacle';
/** Values that every host stage has; groups of its ready line can not be called so. */
export const OWN_VALUES = ['pid', 'dir'] as const;

/** The value of a preload stage by which workers find its interpreter; for nobody else. */
export const ADDRESS = 'address';

/** The values that a host stage will have once it is ready. */
export function valuesOf({ ready }: Pick<HostStage, 'ready'>): string[] {
  const named = ready.kind === 'line' ? groupsOf(ready.pattern) : ready.kind === 'port' ? ['port'] : [];
  return [...new Set([...named, ...OWN_VALUES])];
}

/** The named groups of a pattern, in their order; none if it is no regular expression. */
export function groupsOf(pattern: string): string[] {
  return [...pattern.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map(([, name = '']) => name);
}
