import { createPaint } from './paint.ts';
import type { OutputStream, Renderer, RendererKind, Totals } from './renderer.ts';
import { Sink } from './sink.ts';
import { unreachable } from '../util/unreachable.ts';

/** What a live renderer is made from. */
export interface RendererOptions {
  readonly stream: OutputStream;
  readonly color: boolean;
  readonly overlord: Totals;
  readonly verbose: boolean;
  /** The session's directory, for the output of failing runs in verbose lines. */
  readonly directory?: string;
  /** Epoch ms; a replay passes the time of the log. */
  readonly now?: () => number;
}

/** Makes a live renderer; what it is made of is loaded only now. */
export async function createRenderer(kind: RendererKind, options: RendererOptions): Promise<Renderer> {
  const { stream, color, overlord: totals, verbose, directory, now } = options;
  const paint = createPaint(color);
  switch (kind) {
    case 'tree': {
      const { treeRenderer } = await import('./live/tree.ts');
      return treeRenderer({ stream, paint, totals, ...(now === undefined ? {} : { now }) });
    }
    case 'lines': {
      const { linesRenderer } = await import('./live/lines.ts');
      const sink = new Sink(stream);
      return linesRenderer({
        sink,
        paint,
        totals,
        verbose,
        ...(directory === undefined ? {} : { directory }),
      });
    }
    case 'quiet': {
      const { quietRenderer } = await import('./live/raw.ts');
      return quietRenderer();
    }
    case 'jsonl': {
      const { rawRenderer } = await import('./live/raw.ts');
      return rawRenderer(new Sink(stream));
    }
    default:
      return unreachable(kind);
  }
}

/** Which renderer suits a stream when nobody chose: a tree for a person at a terminal, else lines. */
export function kindFor(stream: OutputStream, env: NodeJS.ProcessEnv): RendererKind {
  const automatic = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb' && !automatic ? 'tree' : 'lines';
}
