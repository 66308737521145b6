import type { LabRequest, LoadedLab } from '../config/load.ts';
import type { WrittenLab } from '../config/written-lab.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Lab } from '../model/lab.ts';
import { UsageFault, type Io, type Values } from './command.ts';
import type { labOptions } from './options.ts';

/** A lab that was read without a fault, and the values of its secrets. */
export interface OpenLab {
  readonly lab: Lab;
  readonly secrets: Readonly<Record<string, string>>;
  /** What it was made of, with places. */
  readonly written: WrittenLab;
  /** Those that were printed. */
  readonly warnings: readonly Diagnostic[];
}

type LabChoice = Pick<Values<typeof labOptions>, 'config' | 'port' | 'board' | 'source'>;

/**
 * Reads the lab that the options name. Faults and warnings are printed with their place, and with `advice` what only who
 * asks wants to know; undefined means that there were faults, and exit 2.
 */
export async function openLab(
  options: LabChoice,
  io: Io,
  { advice = false }: { readonly advice?: boolean } = {},
): Promise<OpenLab | undefined> {
  const { formatDiagnostic } = await import('../diagnostic/format.ts');
  const { inOrder } = await import('../diagnostic/in-order.ts');
  const { colorOf } = await import('./color.ts');
  const loaded = await loadChosen(options, io);
  const color = colorOf(io.stderr, io.env);
  const columns = io.stderr.isTTY === true ? io.stderr.columns : undefined;
  const layout = { color, cwd: io.cwd, ...(columns === undefined ? {} : { columns }) };
  const told = loaded.ok
    ? inOrder([...loaded.warnings, ...(advice ? loaded.advice() : [])], loaded.lab.file)
    : loaded.faults;
  for (const diagnostic of told) io.stderr.write(`${formatDiagnostic(diagnostic, layout)}\n\n`);
  if (loaded.ok) return { ...loaded, warnings: told };
  const faults = told.filter(({ severity }) => severity === 'error').length;
  io.stderr.write(
    `testbed: ${faults === 1 ? 'a fault' : `${faults} faults`} in the configuration; nothing was run.\n`,
  );
  return undefined;
}

/** Reads the lab that the options name, and tells nobody. */
export async function loadChosen(options: LabChoice, io: Io): Promise<LoadedLab> {
  const { loadLab } = await import('../config/load.ts');
  return await loadLab({ ...requestOf(options, io), ...(await askIfNeeded(options, io)) });
}

/** `--port` alone: the board itself tells. */
async function askIfNeeded(
  { port, board, config }: LabChoice,
  io: Io,
): Promise<Partial<LabRequest> | undefined> {
  if (port === undefined || board !== undefined || config !== undefined) return undefined;
  const { askWhichBoard } = await import('./ask-board.ts');
  return await askWhichBoard(port, io);
}

/** What the options ask of `loadLab`; throws `UsageFault` for a `--source` that is none. */
function requestOf(
  options: Pick<Values<typeof labOptions>, 'config' | 'port' | 'board' | 'source'>,
  io: Io,
): LabRequest {
  return {
    cwd: io.cwd,
    env: io.env,
    ...(options.config === undefined ? {} : { file: options.config }),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.board === undefined ? {} : { board: options.board }),
    sources: sourcesOf(options.source),
  };
}

function sourcesOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf('=');
      if (equals < 1)
        throw new UsageFault(
          `--source wants NAME=SPEC, not "${entry}".`,
          'For example: --source micropython=../micropython',
        );
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}
