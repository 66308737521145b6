import type { Ms } from './ids.ts';

/** A command that is told what happens in a session, as the lab file describes it. Templates are still in the strings. */
export interface Hook {
  readonly name: string;
  /** The types of the records that it is told. */
  readonly on: readonly string[];
  /** By a key of the record: it is told if its value is one of these, or if it has no such key. */
  readonly when: Readonly<Record<string, readonly (string | number)[]>>;
  readonly command: readonly string[];
  /** How long it may take each time that it is started. */
  readonly timeoutMs: Ms;
  /** On top of testbed's own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute, or beginning with a template. */
  readonly cwd: string;
}

/** A hook with everything filled in, as the process that starts it wants it. */
export interface ReadyHook {
  readonly name: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** On top of the environment of the process that starts it. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: Ms;
}

/** The first line that the process of the hooks gets; the version changes when the lines after it do. */
export interface HookSetup {
  readonly protocol: typeof HOOK_PROTOCOL;
  /** In the environment of all that hooks start. */
  readonly cookie: string;
  readonly hooks: readonly ReadyHook[];
}

/**
 * Lines to the process of the hooks, after its setup: `3 {"type":…}`, a record for the hook with that index, or `end`: nothing
 * more comes, finish. When its stdin ends, with or without that, it ends all that runs and leaves.
 */
export const HOOK_PROTOCOL = 1;
export const HOOKS_END = 'end';

/** What the process of the hooks says, a line of JSON each. */
export type FromHooks =
  /** Something that a person should know, a sentence. */
  | { readonly kind: 'warning'; readonly message: string }
  /** It was told to finish, and these are still at work. */
  | { readonly kind: 'waits'; readonly names: readonly string[] };
