import type { LabRequest } from '../config/load.ts';
import type { Lab } from '../model/lab.ts';
import { UsageFault, type Io, type Values } from './command.ts';
import type { labOptions } from './options.ts';

/** A lab that was read without a fault, and the values of its secrets. */
export interface OpenLab {
  readonly lab: Lab;
  readonly secrets: Readonly<Record<string, string>>;
}

type LabChoice = Pick<Values<typeof labOptions>, 'config' | 'port' | 'board' | 'source'>;

/**
 * Reads the lab that the options name. Faults and warnings are printed with their place; undefined means that there were
 * faults, and exit 2.
 */
export async function openLab(options: LabChoice, io: Io): Promise<OpenLab | undefined> {
  const { loadLab } = await import('../config/load.ts');
  const { formatDiagnostic } = await import('../diagnostic/format.ts');
  const { colorOf } = await import('./color.ts');
  const loaded = await loadLab({ ...requestOf(options, io), ...(await askIfNeeded(options, io)) });
  const color = colorOf(io.stderr, io.env);
  for (const diagnostic of loaded.ok ? loaded.warnings : loaded.faults)
    io.stderr.write(`${formatDiagnostic(diagnostic, { color, cwd: io.cwd })}\n\n`);
  if (loaded.ok) return { lab: loaded.lab, secrets: loaded.secrets };
  const count = loaded.faults.length;
  io.stderr.write(
    `testbed: ${count === 1 ? 'a fault' : `${count} faults`} in the configuration; nothing was run.\n`,
  );
  return undefined;
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
export function requestOf(
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
