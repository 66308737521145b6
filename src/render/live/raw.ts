import type { Outlet } from '../outlet/outlet.ts';
import type { Renderer } from '../renderer.ts';

/** Every record as it stands in the log, none of them parsed. */
export function rawRenderer(outlet: Outlet): Renderer {
  return {
    types: [],
    onEvent: () => undefined,
    onLine: (line) => outlet.line(line),
    finish: async () => undefined,
  };
}

/** Nothing until the end. */
export function quietRenderer(): Renderer {
  return { types: [], onEvent: () => undefined, finish: async () => undefined };
}
