import { duration, oneLine, wrap } from '../../render/text.ts';
import type { Client, RunnerStatus } from './protocol.ts';

const INDENT = 2;
const COLUMN = 8;

/** How a runner is, as a paragraph for a person; lines are at most `columns` wide where that can be. */
export function statusText(
  status: RunnerStatus,
  columns: number | undefined,
  now: number = Date.now(),
): string {
  const { lab, pid, version, since, serving, waiting, stages, boards, log } = status;
  const rows: [string, string][] = [
    ...(serving === null
      ? []
      : [
          ['serves', `${serving.session ?? 'a session that begins'}: ${clientText(serving, now)}`] as [
            string,
            string,
          ],
        ]),
    ...waiting.map((client): [string, string] => [
      'waits',
      `${clientText(client, now)}: sessions are served one after the other`,
    ]),
    ...stages.map(({ stage, state, since: upSince, values }): [string, string] => [
      'stage',
      `${stage}  ${state}${upSince === null ? '' : ` for ${duration(now - upSince)}`}${valuesText(values)}`,
    ]),
    ...boards.map(({ tentacle, stages: ready, until }): [string, string] => [
      'board',
      `${tentacle}  ${ready.join(', ')}; let go in ${duration(until - now)} if nobody needs it`,
    ]),
    ['ends', endText(status, now)],
    ['log', log],
  ];
  const head = `runner of ${lab}  pid ${pid}, testbed ${version}, for ${duration(now - since)}`;
  return [head, ...rows.flatMap(([name, text]) => rowText(name, text, columns)), ''].join('\n');
}

function endText({ endsAt, serving }: RunnerStatus, now: number): string {
  if (serving !== null) return 'not while it is busy';
  return endsAt === null
    ? 'when it is told to: testbed stop'
    : `in ${duration(endsAt - now)} if nobody comes, or by: testbed stop`;
}

function clientText({ pid, command, since }: Client, now: number): string {
  return `pid ${pid} for ${duration(now - since)}, ${oneLine(command)}`;
}

function valuesText(values: Readonly<Record<string, string>>): string {
  const told = Object.entries(values).filter(([key]) => key !== 'dir');
  return told.length === 0 ? '' : `: ${told.map(([key, value]) => `${key} ${oneLine(value)}`).join(', ')}`;
}

function rowText(name: string, text: string, columns: number | undefined): string[] {
  const room = columns === undefined ? Number.POSITIVE_INFINITY : columns - INDENT - COLUMN;
  const lines = columns === undefined ? [text] : wrap(text, room);
  return lines.map((line, index) => ' '.repeat(INDENT) + (index === 0 ? name : '').padEnd(COLUMN) + line);
}
