import path from 'node:path';
import { stringify } from 'yaml';
import type { Instead, Origin } from '../config/shown.ts';
import { unreachable } from '../util/unreachable.ts';
import type { Paint } from './paint.ts';
import { cut, oneLine } from './text.ts';

export interface ConfigView {
  readonly paint: Paint;
  /** Absolute; paths in it are shown relative to it. */
  readonly cwd: string;
  /** Absolute directory of testbed itself, which is shown as `<testbed>`. */
  readonly home: string;
  /** Of the terminal; absent in a pipe, where a value is a line. */
  readonly columns?: number;
}

/** Of what a value was laid over, so much is shown. */
const WIDEST_INSTEAD = 30;

/** Everything on one line. */
export const FLOW = { collectionStyle: 'flow', lineWidth: 0 } as const;

/** `instead of 3660s (<testbed>/plans/micropython.yaml:32)`. */
export function insteadText({ origin, value }: Instead, view: ConfigView): string {
  const text = typeof value === 'string' ? value : stringify(value, FLOW).trimEnd();
  return `instead of ${cut(oneLine(text), WIDEST_INSTEAD)} (${placeOf(origin, view)})`;
}

/** `testbed.yaml:12`, `--source`, `$NAME`, `default`. */
export function placeOf(origin: Origin, { cwd, home }: ConfigView): string {
  switch (origin.kind) {
    case 'lab':
    case 'overlay':
    case 'plan':
    case 'catalogue': {
      const { file, line } = origin;
      const inside = [cwd, home].find((directory) => file.startsWith(`${directory}/`));
      if (inside === undefined) return oneLine(`${file}:${line}`);
      const short = oneLine(`${path.relative(inside, file)}:${line}`);
      return inside === cwd ? short : `<testbed>/${short}`;
    }
    case 'command-line':
      return origin.option;
    case 'environment':
      return `$${origin.name}`;
    case 'default':
      return 'default';
    default:
      return unreachable(origin);
  }
}
