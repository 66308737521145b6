import { WriteStream } from 'node:tty';
import type { Paint } from '../render/paint.ts';
import type { Colors } from '../render/theme.ts';
import { colorOf } from './color.ts';
import { UsageFault, type Io, type OptionTable, type Values } from './command.ts';

/** How a session is shown; the same in `run` and `replay`. */
export const screenOptions = {
  renderer: {
    type: 'string',
    multiple: true,
    value: 'NAME[=PLACE]',
    help: 'tree, lines, verbose, quiet, qvf, jsonl, tap, junit; PLACE is a file, a named pipe or fd:N; may be repeated',
  },
  quiet: { type: 'boolean', short: 'q', help: 'print the end only (--renderer quiet)' },
  verbose: {
    type: 'boolean',
    short: 'v',
    help: 'a line for every event, and what failing runs printed (--renderer verbose)',
  },
} as const satisfies OptionTable;

type ScreenChoice = Values<typeof screenOptions> & { readonly format?: string | undefined };

/** Bits of colour that a terminal needs for a theme; with less it shows its own sixteen. */
const THEME_DEPTH = 8;

/** The world of a command, as showing a session wants it; undefined: the user's configuration has faults, which are printed. */
export async function openScreen(io: Io): Promise<(Io & { readonly colors: Colors }) | undefined> {
  const colors = await userColors(io, colorOf(io.stderr, io.env));
  if (colors !== undefined) return { ...io, colors };
  io.stderr.write('testbed: your own configuration has a fault; nothing was run.\n');
  return undefined;
}

/**
 * How a command paints what it prints on a stream: in the user's colours. Throws `UsageFault` when their configuration has
 * faults, which are printed; where there are no colours, nobody looks.
 */
export async function paintFor(stream: Io['stdout'], io: Io): Promise<Paint> {
  const { createPaint } = await import('../render/paint.ts');
  if (!colorOf(stream, io.env)) return createPaint(false);
  const colors = await userColors(io, true);
  if (colors === undefined) throw new UsageFault('your own configuration has a fault; nothing was shown.');
  return createPaint(colors);
}

/** Undefined: the user's configuration has faults, which are printed. */
async function userColors(io: Io, on: boolean): Promise<Colors | undefined> {
  const { readUser, userConfigFile } = await import('../config/read-user.ts');
  const read = await readUser(userConfigFile(io.env));
  if (!read.ok) {
    const { formatDiagnostic } = await import('../diagnostic/format.ts');
    const color = colorOf(io.stderr, io.env);
    for (const fault of read.faults)
      io.stderr.write(`${formatDiagnostic(fault, { color, cwd: io.cwd })}\n\n`);
    return undefined;
  }
  const { colorsFor } = await import('../render/theme.ts');
  const deep = WriteStream.prototype.getColorDepth.call(undefined, io.env) >= THEME_DEPTH;
  return on && (deep ? colorsFor(read.config) : 'terminal');
}

/** What is to be shown where, opened; throws `UsageFault` for what can not be. */
export async function openRenderers(given: ScreenChoice, io: Io, mode: 'live' | 'again') {
  const [{ chooseRenderers }, { Outlets }, { PlaceFault }] = await Promise.all([
    import('../render/renderer-choice.ts'),
    import('../render/outlet/outlets.ts'),
    import('../render/outlet/place.ts'),
  ]);
  const chosen = chooseRenderers(given.renderer, given, io.cwd);
  if (!chosen.ok) throw new UsageFault(chosen.message, chosen.hint);
  const renderers = chosen.choices;
  try {
    return { renderers, outlets: new Outlets(renderers, { ...io, live: mode === 'live' }) };
  } catch (error) {
    if (error instanceof PlaceFault) throw new UsageFault(`--renderer: ${error.message}`);
    throw error;
  }
}
