// Logs that are cut off, damaged, or from another time.
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { readEvents } from '../../../src/log/read-events.ts';
import { judgeLog } from '../../../src/log/session-life.ts';
import type { Bench } from '../bench.ts';
import { runsOf } from '../carry-out.ts';
import type { Seen, TrialRow } from '../row.ts';

const kind = 'a log is not whole';
const LAST_BYTES = 4096;
const NEWLINE = 10;
/** The exit code of the session whose log is damaged: one of its tests fails. */
const EXIT = 1;
const COMMANDS = ['log', 'replay', 'report'] as const;

/** A session with passes and a failure, over; its log as bytes. */
async function finished(bench: Bench): Promise<Buffer> {
  bench.lab({ a: { command: ['true'] }, b: { command: ['false'] } });
  const { exit, stderr } = await bench.rig.run(['run', '--count', '8', '--jobs', '1', '-q']);
  if (exit !== EXIT) throw new Error(`the session exits with ${exit}: ${stderr}`);
  return readFileSync(bench.log);
}

/** What every reader makes of a damaged log: it must exit with 4, and say the words. */
async function readAll(bench: Bench, says: RegExp): Promise<string[]> {
  const broken: string[] = [];
  for (const command of COMMANDS) {
    const { exit, stderr } = await bench.rig.run([command]);
    if (exit !== 4) broken.push(`testbed ${command} exits with ${exit}`);
    if (!says.test(stderr)) broken.push(`testbed ${command} does not say ${String(says)}: ${stderr}`);
  }
  return broken;
}

const HONEST: Pick<Seen, 'what' | 'log'> = {
  what: `${COMMANDS.join(', ')}: what can be read is shown, the fault is named, exit 4`,
  log: 'told as damaged',
};

function damaged(fault: string, damage: (lines: string[]) => readonly string[], says: RegExp): TrialRow {
  return {
    kind,
    fault,
    attempt: async (bench) => {
      const whole = await finished(bench);
      const lines = whole.toString().trimEnd().split('\n');
      writeFileSync(bench.log, `${damage(lines).join('\n')}\n`);
      const broken = await readAll(bench, says);
      writeFileSync(bench.log, whole);
      return { ...HONEST, broken };
    },
  };
}

export const logs: readonly TrialRow[] = [
  {
    kind,
    fault: `cut off at every byte of its last ${LAST_BYTES / 1024} KB (reader)`,
    short: true,
    attempt: async (bench) => {
      const whole = await finished(bench);
      const broken: string[] = [];
      const first = whole.length - LAST_BYTES;
      copyFileSync(bench.log, `${bench.log}.whole`);
      for (let size = whole.length; size >= first; size--) {
        truncateSync(bench.log, size);
        const log = readEvents(bench.log);
        const lines = [...log.lines()].length;
        const { sound } = judgeLog(log, () => 'dead');
        const cut = whole.subarray(0, size);
        const ending = size === whole.length ? 'finished' : cut.at(-1) === NEWLINE ? 'unfinished' : 'torn';
        const wanted = cut.filter((byte) => byte === NEWLINE).length;
        if (log.ending !== ending || lines !== wanted || sound !== (ending === 'finished'))
          broken.push(`cut at ${size}: ${log.ending} and ${lines} records, not ${ending} and ${wanted}`);
      }
      copyFileSync(`${bench.log}.whole`, bench.log);
      return {
        what: `${LAST_BYTES} cuts: exactly the whole records are read, and none is taken for finished`,
        log: 'torn or cut off, told each time',
        broken: broken.slice(0, 5),
      };
    },
  },
  {
    kind,
    fault: 'cut off at 40 offsets (binary)',
    attempt: async (bench) => {
      const whole = await finished(bench);
      const broken: string[] = [];
      for (let index = 0; index < 40; index++) {
        const size = Math.floor((whole.length * (index + 1)) / 41);
        writeFileSync(bench.log, whole.subarray(0, size));
        const { exit, stdout, stderr } = await bench.rig.run(['log', '--format', 'jsonl']);
        const wanted = whole.subarray(0, whole.subarray(0, size).lastIndexOf(NEWLINE) + 1).toString();
        if (exit !== 4) broken.push(`cut at ${size}: exit ${exit}`);
        if (stdout !== wanted) broken.push(`cut at ${size}: not exactly the whole records are shown`);
        if (!/cut off/.test(stderr)) broken.push(`cut at ${size}: it is not said: ${stderr}`);
      }
      return {
        what: 'testbed log shows exactly the whole records, says that it is cut off, exit 4',
        log: 'torn, told each time',
        broken,
      };
    },
  },
  {
    kind,
    fault: 'cut off at 8 offsets, then testbed run --resume',
    attempt: async (bench) => {
      const whole = await finished(bench);
      const runs = runsOf(bench.events());
      const broken: string[] = [];
      const second = whole.indexOf(NEWLINE) + 1;
      for (let index = 0; index < 8; index++) {
        const size = second + Math.floor(((whole.length - second) * index) / 8) + 3;
        writeFileSync(bench.log, whole.subarray(0, size));
        const { exit, stderr } = await bench.rig.run(['run', '--resume', '-q']);
        if (exit !== EXIT) broken.push(`cut at ${size}: exit ${exit}: ${stderr}`);
        if (runsOf(bench.events()).join() !== runs.join())
          broken.push(`cut at ${size}: ${runsOf(bench.events()).join()}`);
        if ((await bench.rig.run(['log'])).exit !== 0)
          broken.push(`cut at ${size}: the log is not sound after it`);
      }
      return { what: 'it goes on, and comes to the same end', log: 'complete after it', broken };
    },
  },
  damaged('one bad line in the middle', (lines) => lines.with(20, `${lines[20]?.slice(0, 30)}#!`), /line 21/),
  damaged('a line in the middle is missing', (lines) => lines.toSpliced(20, 1), /record 21, where record 20/),
  damaged(
    'the last 100 bytes are NUL, as after a power cut',
    (lines) => [...lines.slice(0, -1), `${lines.at(-1)?.slice(0, -100)}${'\0'.repeat(100)}`],
    /is no record|cut off/,
  ),
  damaged(
    'it is of a newer format',
    (lines) => lines.with(0, lines[0]?.replace('"format":1', '"format":9') ?? ''),
    /update it/,
  ),
  {
    kind,
    fault: 'it is cut off before the failures, then testbed run --rerun failed',
    attempt: async (bench) => {
      const lines = (await finished(bench)).toString().split('\n');
      const cut = lines.findIndex((line) => line.includes('"verdict":"fail"'));
      writeFileSync(bench.log, `${lines.slice(0, cut).join('\n')}\n`);
      const { exit, stderr } = await bench.rig.run(['run', '--rerun', 'failed']);
      const honest = exit !== 0 || /cut off/.test(stderr);
      const broken = honest ? [] : [`exit ${exit}, and nothing of it is said: ${stderr}`];
      return { what: `exit ${exit}: ${stderr.split('\n')[0]}`, log: 'cut off, told', broken };
    },
  },
];
