import path from 'node:path';
import { unreachable } from '../util/unreachable.ts';
import { FromLog } from './from-log.ts';
import type { Keyboard } from './live/keyboard.ts';
import type { Outlets } from './outlet/outlets.ts';
import { isStreamed, placeName } from './outlet/place.ts';
import { createPaint } from './paint.ts';
import type { RendererChoice, RendererName } from './renderer-choice.ts';
import type { OutputStream, Renderer, Totals } from './renderer.ts';
import type { Colors } from './theme.ts';

/** What live renderers are made from. */
export interface RendererOptions {
  readonly outlets: Outlets;
  /** The terminal of the tree. */
  readonly stderr: OutputStream;
  /** Colours of stderr; files and pipes get none. */
  readonly colors: Colors;
  readonly totals: Totals;
  /** The session's directory: the log, and what runs left. */
  readonly directory: string;
  readonly cwd: string;
  /**
   * Whether records wait for those who read them: `waits`; or what readers miss is read again from the log, which is as far as
   * what is shown (`behind-log`) or further (`after-log`).
   */
  readonly reading: 'waits' | 'behind-log' | 'after-log';
  /** Epoch ms; a replay passes the time of the log. */
  readonly now?: () => number;
  /** Whoever sits at the terminal; absent: nobody, or it is a replay. */
  readonly keyboard?: Keyboard;
  readonly onFault: (message: string) => void;
}

/** Makes a renderer; what it is made of is loaded only now. */
export async function createRenderer(choice: RendererChoice, options: RendererOptions): Promise<Renderer> {
  const { name, place } = choice;
  const { outlets, stderr, totals, directory, cwd, now, reading, keyboard, onFault } = options;
  const paint = createPaint(place.kind === 'stderr' && options.colors);
  // Machines want every record, however slowly they read; a person who comes back wants to know what is now.
  const whole = (renderer: Renderer): Renderer =>
    reading === 'waits'
      ? renderer
      : new FromLog(renderer, outlets.of(place), {
          file: path.join(directory, 'events.jsonl'),
          isLast: reading === 'behind-log',
        });
  switch (name) {
    case 'tree': {
      const { treeRenderer } = await import('./live/tree.ts');
      return treeRenderer({
        stream: stderr,
        outlet: outlets.of(place),
        paint,
        totals,
        directory,
        ...(now === undefined ? {} : { now }),
        ...(keyboard === undefined ? {} : { keyboard }),
      });
    }
    case 'lines':
    case 'verbose': {
      const { linesRenderer } = await import('./live/lines.ts');
      return linesRenderer({
        outlet: outlets.of(place),
        paint,
        totals,
        verbose: name === 'verbose',
        directory,
      });
    }
    case 'quiet': {
      const { quietRenderer } = await import('./live/raw.ts');
      return quietRenderer();
    }
    case 'qvf': {
      const { qvfRenderer } = await import('./live/qvf.ts');
      return qvfRenderer({ outlet: outlets.of(place), paint, directory });
    }
    case 'jsonl': {
      const { rawRenderer } = await import('./live/raw.ts');
      return whole(rawRenderer(outlets.of(place)));
    }
    case 'tap': {
      const { tapRenderer } = await import('./live/tap.ts');
      return whole(tapRenderer(outlets.of(place)));
    }
    case 'junit': {
      const { junitRenderer } = await import('./documents/junit-file.ts');
      if (isStreamed(place, cwd)) return junitRenderer({ kind: 'outlet', outlet: outlets.of(place) });
      return junitRenderer({ kind: 'file', file: placeName(place, cwd), onFault });
    }
    default:
      return unreachable(name);
  }
}

/**
 * The choices, made complete: where nobody has a screen of ours, the one that suits stderr; a tree only where there is a
 * terminal that can show it.
 */
export function completeChoices(
  choices: readonly RendererChoice[],
  stderr: OutputStream,
  env: NodeJS.ProcessEnv,
): readonly RendererChoice[] {
  const terminal = stderr.isTTY === true && env['TERM'] !== 'dumb';
  const fitting = choices.map((choice): RendererChoice =>
    choice.name === 'tree' && !terminal ? { ...choice, name: 'lines' } : choice,
  );
  if (fitting.some(({ place }) => place.kind === 'stdout' || place.kind === 'stderr')) return fitting;
  const automatic = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false';
  const name: RendererName = terminal && !automatic ? 'tree' : 'lines';
  return [...fitting, { name, place: { kind: 'stderr' } }];
}
