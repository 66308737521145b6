import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { readLines } from '../../log/read-lines.ts';
import { outputBytes, readRunLog } from '../../log/read-run-log.ts';
import { RUN_RECORD, type OutputRecord } from '../../log/run-log.ts';
import { unreachable } from '../../util/unreachable.ts';
import { whyOf } from '../facts.ts';
import type { Paint } from '../paint.ts';
import { oneLine } from '../text.ts';

/** What stands in front of each line: so a test's output is taken neither for ours, nor for a command to a CI system. */
const MARGIN = '         ';
/** Of a run that printed more, only the end is shown, bytes. */
const MOST_SHOWN = 1024 * 1024;

/** Where a run keeps what it leaves behind. */
export interface RunPlace {
  /** The session's directory. */
  readonly directory: string;
  readonly run: string;
  readonly paint: Paint;
}

/** What a run printed, from its `output.txt`, line by line as somebody asks for them; nothing where there is none. */
export function* outputLines({ directory, run, paint }: RunPlace): Generator<string, void, void> {
  const file = path.join(directory, 'runs', run, 'output.txt');
  if (!existsSync(file)) return;
  const { size } = statSync(file);
  const from = Math.max(0, size - MOST_SHOWN);
  const bar = paint.pale(`${MARGIN}|`);
  if (from > 0) yield `${paint.pale(MARGIN)}… the first ${Math.round(from / 1024)} KB are in ${file}`;
  for (const { text } of readLines(file, from)) yield `${bar} ${printable(text)}`;
}

/**
 * Everything that is known of a run: what the harness did, its tests, its output, in their order, from `run.ljsonl`; where
 * that was not kept or is very long, its output alone.
 */
export function* recordLines(place: RunPlace): Generator<string, void, void> {
  const { directory, run, paint } = place;
  const file = path.join(directory, 'runs', run, 'run.ljsonl');
  if (!existsSync(file) || statSync(file).size > MOST_SHOWN) {
    yield* outputLines(place);
    return;
  }
  const output = new OutputLines(paint);
  for (const record of readRunLog(file).records([RUN_RECORD.harness, RUN_RECORD.test, RUN_RECORD.output])) {
    switch (record.level) {
      case RUN_RECORD.verdict:
        break;
      case RUN_RECORD.harness:
        yield* output.rest();
        yield paint.pale(`${MARGIN}· ${oneLine(record.value.message)}`);
        break;
      case RUN_RECORD.test: {
        yield* output.rest();
        const { verdict, expected, path: name } = record.value;
        const style = verdict === 'pass' ? paint.good : expected ? paint.note : paint.bad;
        yield `${MARGIN}${style(verdict)} ${[oneLine(name), oneLine(whyOf(record.value))].filter(Boolean).join(': ')}`;
        break;
      }
      case RUN_RECORD.output:
        yield* output.take(record.value);
        break;
      default:
        unreachable(record);
    }
  }
  yield* output.rest();
}

/** Lines of the two streams, put together from pieces that end anywhere. */
class OutputLines {
  readonly #paint: Paint;
  readonly #held = { stdout: '', stderr: '' };

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  *take(record: OutputRecord): Generator<string, void, void> {
    const parts = (this.#held[record.stream] + outputBytes(record).toString('utf8')).split('\n');
    this.#held[record.stream] = parts.pop() ?? '';
    for (const part of parts) yield this.#line(record.stream, part);
  }

  /** What has no newline yet: something else comes now. */
  *rest(): Generator<string, void, void> {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#held[stream] !== '') yield this.#line(stream, this.#held[stream]);
      this.#held[stream] = '';
    }
  }

  #line(stream: 'stdout' | 'stderr', text: string): string {
    const bar = stream === 'stdout' ? this.#paint.pale(`${MARGIN}|`) : this.#paint.bad(`${MARGIN}|`);
    return `${bar} ${printable(text)}`;
  }
}

/** A line of output that can not move the cursor, with its indent. */
export function printable(text: string): string {
  const indent = /^[ \t]*/.exec(text)?.[0].replaceAll('\t', '    ') ?? '';
  return indent + oneLine(text.replaceAll('\t', '    '));
}
