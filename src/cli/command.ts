import type { Writable } from 'node:stream';

/** One option that a person can set; help, completion and docs come from here. Its key in the table is its long name. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string' | 'integer';
  /** May be given several times. */
  readonly multiple?: true;
  readonly short?: string;
  /** The value when the option stands alone; another one is given with `=` only. */
  readonly alone?: string;
  /** What stands for the value in help: `SEL`, `FILE`, `N`. */
  readonly value?: string;
  readonly help: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** What a table of options parses to: absent booleans are false, absent lists empty, other absent values undefined. */
export type Values<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends { type: 'boolean' }
    ? boolean
    : T[K] extends { multiple: true }
      ? readonly string[]
      : T[K] extends { type: 'integer' }
        ? number | undefined
        : string | undefined;
};

/** The world as a command sees it, so that one process can run several. */
export interface Io {
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

export interface CommandInput<T extends OptionTable = OptionTable> {
  readonly options: Values<T>;
  readonly positionals: readonly string[];
  readonly io: Io;
  /** The whole command line as typed, for the session's record. */
  readonly argv: readonly string[];
}

/** A command of `testbed`; `run` resolves to the exit code of `docs/design/cli.md`. */
export interface Command<T extends OptionTable = OptionTable> {
  readonly name: string;
  /** What may stand after the name, such as `[SESSION]`; absent: nothing. */
  readonly positionals?: string;
  /** A few whole command lines that a newcomer would try. */
  readonly examples: readonly string[];
  readonly options: T;
  run(input: CommandInput<T>): Promise<number>;
}

/** Keeps the types of a command's options together with its `run`. */
export function defineCommand<const T extends OptionTable>(command: Command<T>): Command {
  return command;
}

/** A command line that can not be carried out; `main` prints it and exits 2. Nothing was run. */
export class UsageFault extends Error {
  /** What to do about it, a line. */
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
