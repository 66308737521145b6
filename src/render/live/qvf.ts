import type { TestbedEvent } from '../../event/event.ts';
import { isBad } from '../facts.ts';
import type { Outlet } from '../outlet/outlet.ts';
import type { Paint } from '../paint.ts';
import type { Renderer } from '../renderer.ts';
import { eventLine } from './lines.ts';
import { recordLines } from './run-record.ts';

/** What the renderer is made from. */
export interface QvfOptions {
  readonly outlet: Outlet;
  readonly paint: Paint;
  /** The session's directory. */
  readonly directory: string;
}

/** Quiet, but verbose about what failed: each failing run with all that is known of it, read back from disk when it has failed. */
export function qvfRenderer({ outlet, paint, directory }: QvfOptions): Renderer {
  return {
    types: ['run-finished', 'order-unschedulable', 'bail-out'],
    onEvent: (event: TestbedEvent) => {
      const fine = event.type === 'run-finished' && !isBad(event);
      // What failed, and passed when it was tried again by hand, is worth its line.
      if (fine && event.again !== true) return;
      outlet.line(eventLine(event, paint));
      if (event.type === 'run-finished' && !fine)
        outlet.lines(recordLines({ directory, run: event.run, paint }));
    },
    finish: async () => undefined,
  };
}
