import { readLines } from './read-lines.ts';
import { RUN_RECORD, type OutputRecord, type RunLevel, type RunRecord } from './run-log.ts';

/** How a `run.ljsonl` ends: with its `0` and `null`, between two records, or in the middle of one. */
type RunLogEnding = 'complete' | 'unfinished' | 'torn';

/** The log of a run while it is read: go through `records()` once, then ask how it ended. */
export interface RunLogReader {
  /** The records of these levels, in order; the lines of others are not parsed. */
  records(levels: readonly RunLevel[]): Generator<RunRecord, void, void>;
  readonly ending: RunLogEnding;
  /** A sentence for each line that is none of ours; at most 20. */
  readonly faults: readonly string[];
}

/** Opens the log of a run for one streaming pass; throws only when the file can not be opened or read. */
export function readRunLog(file: string): RunLogReader {
  const faults: string[] = [];
  let ending: RunLogEnding = 'unfinished';
  const fault = (text: string): void => {
    if (faults.length < 20) faults.push(text);
  };

  function* records(levels: readonly RunLevel[]): Generator<RunRecord, void, void> {
    const wanted = new Set<number>(levels);
    /** The digit of the record whose JSON line comes next. */
    let level: number | undefined;
    for (const line of readLines(file)) {
      if (!line.whole) {
        ending = 'torn';
        fault(`line ${line.number} is cut off`);
        return;
      }
      if (level === undefined) {
        ending = 'unfinished';
        if (/^\d$/.test(line.text)) level = Number(line.text);
        else fault(`line ${line.number} should be one digit`);
        continue;
      }
      const current = level;
      level = undefined;
      if (current === RUN_RECORD.end && line.text === 'null') ending = 'complete';
      else if (wanted.has(current)) {
        const value = parse(line.text);
        if (value === undefined) fault(`line ${line.number} is no JSON object`);
        else yield { level: current, value } as RunRecord;
      }
    }
    if (level !== undefined) ending = 'torn';
  }

  return {
    records,
    faults,
    get ending() {
      return ending;
    },
  };
}

/** The bytes of a piece of output. */
export function outputBytes(record: OutputRecord): Buffer {
  return 'text' in record ? Buffer.from(record.text, 'utf8') : Buffer.from(record.base64, 'base64');
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
