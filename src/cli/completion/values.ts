import type { Lab } from '../../model/lab.ts';
import type { Io } from '../command.ts';

/** One thing that may be typed. A value that ends in `:` or `=` is to be gone on with. */
export interface Candidate {
  readonly value: string;
  readonly help?: string;
}

/** What is known where something is completed. */
export interface CompletionContext {
  readonly io: Io;
  /** What the options before say: `config`, `port`, `results`, … */
  readonly options: Readonly<Record<string, string>>;
  /** What the word so far says. */
  readonly typed: string;
}

/** What the shell itself completes. */
type Paths = 'files' | 'directories';

/** By the word that stands for a value in help. What is not here is free text. */
export const VALUES: Readonly<
  Record<string, Paths | ((context: CompletionContext) => Promise<readonly Candidate[]>)>
> = {
  FILE: 'files',
  DIR: 'directories',
  SEL: selectors,
  BOARD: boards,
  PORT: ports,
  ID: async (context) => tentacles(await labOf(context)),
  KIND: faultKinds,
  SESSION: sessions,
  STAGE: async (context) => named((await labOf(context))?.stages.map(({ name }) => name) ?? []),
  'NAME=SPEC': sources,
  CHANGE: changes,
  'NAME[=PLACE]': renderers,
};

/** The lab that the command line means, if there is one and it has no fault. Asks no board. */
async function labOf({ io, options }: CompletionContext): Promise<Lab | undefined> {
  const { loadLab } = await import('../../config/load.ts');
  const { config, port, board } = options;
  const loaded = await loadLab({
    cwd: io.cwd,
    env: io.env,
    ...(config === undefined ? {} : { file: config }),
    ...(port === undefined ? {} : { port }),
    ...(port === undefined || board === undefined ? {} : { board }),
  });
  return loaded.ok ? loaded.lab : undefined;
}

async function selectors(context: CompletionContext): Promise<readonly Candidate[]> {
  const lab = await labOf(context);
  const kinds: Readonly<Record<string, () => Promise<readonly Candidate[]> | readonly Candidate[]>> = {
    board: async () => boardVariants(lab, await allBoards(lab)),
    tentacle: () => tentacles(lab),
    feature: () => named(lab?.tentacles.flatMap((tentacle) => tentacle.features) ?? []),
    tag: () =>
      named(
        lab?.tentacles.flatMap(({ tags }) => Object.entries(tags).map(([key, value]) => `${key}=${value}`)) ??
          [],
      ),
  };
  const kind = Object.keys(kinds).find((name) => context.typed.startsWith(`${name}:`));
  if (kind !== undefined)
    return ((await kinds[kind]?.()) ?? []).map(({ value, help }) => ({
      value: `${kind}:${value}`,
      ...(help === undefined ? {} : { help }),
    }));
  return [
    ...(lab?.specs.map(({ name, help }) => ({ value: name, help })) ?? []),
    { value: 'board:', help: 'tentacles with this board, or board and variant' },
    { value: 'tentacle:', help: 'this tentacle' },
    { value: 'feature:', help: 'specs that need this feature' },
    { value: 'tag:', help: 'tentacles with this tag' },
  ];
}

async function allBoards(lab: Lab | undefined): Promise<Lab['boards']> {
  if (lab !== undefined) return lab.boards;
  return (await import('../../config/catalogue.ts')).catalogue();
}

/** Those that tentacles here have; of a lab without tentacles, all. */
function boardVariants(lab: Lab | undefined, all: Lab['boards']): Candidate[] {
  const here = new Set(lab?.tentacles.map(({ board }) => board));
  return all
    .filter(({ name }) => here.size === 0 || here.has(name))
    .flatMap(({ name, mcu, variants }) => [
      { value: name, help: mcu },
      ...(variants.length < 2
        ? []
        : variants.map((variant) => ({
            value: `${name}-${variant}`,
            help: variant === '' ? 'the default variant only' : `variant ${variant}`,
          }))),
    ]);
}

async function boards(context: CompletionContext): Promise<readonly Candidate[]> {
  // `--board` goes with `--port`, and without a lab file.
  const all = await allBoards(context.options['port'] === undefined ? await labOf(context) : undefined);
  return all.map(({ name, mcu }) => ({ value: name, help: mcu }));
}

function tentacles(lab: Lab | undefined): Candidate[] {
  return lab?.tentacles.map(({ id, board }) => ({ value: id, help: board })) ?? [];
}

async function ports(): Promise<readonly Candidate[]> {
  const { listPorts } = await import('../../serial/ports.ts');
  return listPorts()
    .filter(({ usb }) => usb !== undefined)
    .flatMap(({ path, byId, usb }) => [path, ...byId].map((value) => ({ value, help: usb?.product ?? '' })));
}

async function faultKinds(): Promise<readonly Candidate[]> {
  const { readSchema, resolveSchema, tagsOf } = await import('../../config/schema.ts');
  const root = readSchema('lab');
  return named(tagsOf(root, resolveSchema(root, { $ref: '#/$defs/fault' })));
}

async function sessions({ io, options }: CompletionContext): Promise<readonly Candidate[]> {
  const [{ sessionNames }, { resultsDirectory }] = await Promise.all([
    import('../../log/find-session.ts'),
    import('../open-session.ts'),
  ]);
  const { config, results } = options;
  const names = sessionNames(await resultsDirectory({ config, results }, io));
  return named(names.length === 0 ? [] : ['latest', ...names.toReversed()]);
}

async function sources(context: CompletionContext): Promise<readonly Candidate[]> {
  const lab = await labOf(context);
  return lab?.sources.map(({ name, spec }) => ({ value: `${name}=`, help: spec })) ?? [];
}

async function renderers(): Promise<readonly Candidate[]> {
  const { RENDERERS } = await import('../../render/renderer-choice.ts');
  return Object.entries(RENDERERS).map(([name, { to, help }]) => ({
    value: to === undefined ? `${name}=` : name,
    help,
  }));
}

/** One more of a board, one less of a tentacle. */
async function changes(context: CompletionContext): Promise<readonly Candidate[]> {
  const lab = await labOf(context);
  return [
    ...tentacles(lab).map(({ value }) => ({ value: `-${value}`, help: 'without this tentacle' })),
    ...(await allBoards(lab)).map(({ name, mcu }) => ({ value: `+${name}`, help: `with one more: ${mcu}` })),
  ];
}

function named(values: readonly string[]): Candidate[] {
  return [...new Set(values)].map((value) => ({ value }));
}
