import type { Ms } from '../model/ids.ts';
import { cut, isDuration } from './collected.ts';

/** What a test may say on its event channel, a JSON object a line: the format for test authors is `docs/test-events.md`. */
export type ChannelEvent = {
  /** The number of the marker that stands at this event's place in both streams. */
  readonly mark?: number;
} & (
  | /** So many tests will be told: fewer or more are a fail. */ {
      readonly type: 'plan';
      readonly tests: number;
    }
  | /** A test begins; one that never finishes is told by its name. */ {
      readonly type: 'test-started';
      readonly path: string;
    }
  | /** A test is over. */ {
      readonly type: 'test-finished';
      readonly path: string;
      readonly verdict: 'pass' | 'fail' | 'error' | 'skip';
      readonly durationMs?: Ms;
      readonly reason?: string;
      readonly exceptionClass?: string;
    }
  | /** Something went wrong outside of any test. */ {
      readonly type: 'error';
      readonly message: string;
      readonly exceptionClass?: string;
    }
  | /** Nothing more should be served in this session. */ {
      readonly type: 'bail-out';
      readonly reason: string;
    }
  | /** Something was measured. */ {
      readonly type: 'measurement';
      readonly name: string;
      readonly value: number;
      readonly unit: string;
    }
  | /** Something for the run's log. */ { readonly type: 'note'; readonly message: string }
);

/** A line that is none of the channel's; completes the sentence "line 3 of the event channel …". */
export interface LineFault {
  readonly fault: string;
}

/** Longer names and reasons are cut. */
const LONGEST_TEXT = 1000;
/** Between the levels of a subtest's path, as in TAP. */
const INSIDE = ' > ';
const VERDICTS = ['pass', 'fail', 'error', 'skip'] as const;

/** Reads one line; keys that are not known are passed over. */
export function readChannelLine(line: string): ChannelEvent | LineFault {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { fault: `is no JSON: ${cut(line, 80)}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { fault: `is no JSON object: ${cut(line, 80)}` };
  const fields = value as Fields;
  const event = eventOf(fields);
  if ('fault' in event) return { fault: `${event.fault}: ${cut(line, 80)}` };
  const { mark } = fields;
  if (mark === undefined) return event;
  return typeof mark === 'number' && Number.isSafeInteger(mark) && mark >= 0
    ? { ...event, mark }
    : { fault: `should have a whole number as "mark": ${cut(line, 80)}` };
}

type Fields = Readonly<Record<string, unknown>>;

function eventOf(fields: Fields): ChannelEvent | LineFault {
  const { type } = fields;
  switch (type) {
    case 'plan': {
      const { tests } = fields;
      if (typeof tests !== 'number' || !Number.isSafeInteger(tests) || tests < 0)
        return { fault: 'should have a whole number as "tests"' };
      return { type, tests };
    }
    case 'test-started': {
      const path = pathOf(fields);
      return path === undefined ? NO_PATH : { type, path };
    }
    case 'test-finished':
      return testFinished(fields);
    case 'error': {
      const message = textOf(fields, 'message');
      if (message === undefined) return { fault: 'should have a text as "message"' };
      return { type, message, ...exceptionOf(fields) };
    }
    case 'bail-out':
      return { type, reason: textOf(fields, 'reason') ?? 'the test says "bail-out"' };
    case 'measurement': {
      const name = textOf(fields, 'name');
      const { value } = fields;
      if (name === undefined || typeof value !== 'number' || !Number.isFinite(value))
        return { fault: 'should have a text as "name" and a number as "value"' };
      return { type, name, value, unit: textOf(fields, 'unit') ?? '' };
    }
    case 'note': {
      const message = textOf(fields, 'message');
      return message === undefined ? { fault: 'should have a text as "message"' } : { type, message };
    }
    default:
      return {
        fault: typeof type === 'string' ? `is of no known type` : 'should have a text as "type"',
      };
  }
}

const NO_PATH: LineFault = { fault: 'should have a text, or a list of texts, as "path"' };

function testFinished(fields: Fields): ChannelEvent | LineFault {
  const path = pathOf(fields);
  if (path === undefined) return NO_PATH;
  const verdict = VERDICTS.find((word) => word === fields['verdict']);
  if (verdict === undefined) return { fault: `should have one of ${VERDICTS.join(', ')} as "verdict"` };
  const { durationMs } = fields;
  const said = textOf(fields, 'reason');
  const reason = said ?? (verdict === 'skip' ? 'skipped without a reason' : undefined);
  return {
    type: 'test-finished',
    path,
    verdict,
    ...(isDuration(durationMs) ? { durationMs } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...exceptionOf(fields),
  };
}

function exceptionOf(fields: Fields): { readonly exceptionClass?: string } {
  const exceptionClass = textOf(fields, 'exceptionClass');
  return exceptionClass === undefined ? {} : { exceptionClass };
}

/** `a > b`, of a text or of a list from the outermost subtest to the innermost. */
function pathOf({ path }: Fields): string | undefined {
  const parts: readonly unknown[] = Array.isArray(path) ? path : [path];
  const names = parts.map((part) => (typeof part === 'string' ? part.trim() : ''));
  return names.length === 0 || names.includes('') ? undefined : cut(names.join(INSIDE), LONGEST_TEXT);
}

function textOf(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  return typeof value === 'string' && value.trim() !== '' ? cut(value, LONGEST_TEXT) : undefined;
}
