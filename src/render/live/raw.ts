import type { Renderer } from '../renderer.ts';
import type { Sink } from '../sink.ts';

/** `--format jsonl`: every record as it stands in the log, none of them parsed. */
export function rawRenderer(sink: Sink): Renderer {
  return {
    types: [],
    onEvent: () => undefined,
    onLine: (line) => sink.line(line),
    finish: async () => undefined,
  };
}

/** `-q`: nothing until the end. */
export function quietRenderer(): Renderer {
  return { types: [], onEvent: () => undefined, finish: async () => undefined };
}
