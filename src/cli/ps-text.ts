import { waitText } from '../dispatch/stall.ts';
import type { KeptNow } from '../overlord/kept-now.ts';
import type { StageNow } from '../overlord/stages-now.ts';
import type { RunUnderWay } from '../overlord/runs-now.ts';
import { howToLook } from '../render/facts.ts';
import { counterText } from '../render/live/lines.ts';
import { createPaint } from '../render/paint.ts';
import { tableText, type TableRow } from '../render/table.ts';
import { duration, oneLine, wrap } from '../render/text.ts';
import type { LiveSession } from './live-sessions.ts';

const INDENT = 2;

/** What `testbed ps` shows: a paragraph for each session, then who holds what. Lines are at most `columns` wide where that can be. */
export function psText(
  sessions: readonly LiveSession[],
  held: readonly TableRow[],
  columns: number | undefined,
  now: number = Date.now(),
): string {
  const paragraphs = [...sessions.map((each) => sessionText(each, columns, now)), tableText(held, columns)];
  return paragraphs.filter((text) => text !== '').join('\n');
}

function sessionText(session: LiveSession, columns: number | undefined, now: number): string {
  const {
    session: id,
    lab,
    pid,
    host,
    user,
    since,
    command,
    certain,
    runs,
    waiting,
    counters,
    again,
    stages,
    kept,
  } = session;
  const facts = [
    lab === null ? '' : `lab ${lab}`,
    `pid ${pid}${certain ? '' : ` on ${host}, if it still lives`}`,
    user ?? '',
    `for ${duration(now - since)}`,
  ];
  const lines = [
    `${id}  ${facts.filter(Boolean).join(', ')}`,
    `  ${oneLine(command)}`,
    ...(counters === null ? [] : [`  ${counterText({ counters, again: again ?? 0 }, createPaint(false))}`]),
    ...(runs === null ? ['  its log can not be read by you'] : []),
  ];
  const table = tableText(
    (runs ?? []).map((run) => runRow(run, now)),
    columns === undefined ? undefined : columns - INDENT,
  );
  const stageTable = tableText(
    (stages ?? []).map((stage) => stageRow(stage, now)),
    columns === undefined ? undefined : columns - INDENT,
  );
  const held = (kept ?? []).map((each) => keptText(each, now));
  const waits = (waiting ?? []).flatMap((wait) => {
    const text = `waiting: ${waitText(wait)}`;
    return columns === undefined ? [text] : wrap(text, columns - INDENT);
  });
  const body = [table, stageTable].flatMap((text) => text.split('\n')).filter(Boolean);
  return [...lines, ...[...body, ...held, ...waits].map(indented), ''].join('\n');
}

function runRow(
  { run, again, tentacles, phase, since, phaseSince, test }: RunUnderWay,
  now: number,
): TableRow {
  return {
    run: again ? `${run} (by hand)` : run,
    tentacle: tentacles.length === 0 ? 'host' : tentacles.join(' + '),
    phase: phase === null ? '' : `${phase} ${duration(now - phaseSince)}`,
    for: duration(now - since),
    'last test': test ?? '',
  };
}

function stageRow({ stage, tentacle, state, since, reason }: StageNow, now: number): TableRow {
  return {
    stage,
    on: tentacle ?? 'host',
    state: `${state} ${duration(now - since)}`,
    why: reason ?? '',
  };
}

function keptText({ tentacle, since, port }: KeptNow, now: number): string {
  return `${tentacle} is held by hand for ${duration(now - since)}: ${howToLook(port)}`;
}

function indented(line: string): string {
  return ' '.repeat(INDENT) + line;
}
