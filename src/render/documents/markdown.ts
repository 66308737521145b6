import type { Overlord } from '../../overlord/overlord.ts';
import type { FinishedRun, NamedTest } from '../../overlord/totals.ts';
import { boardVariantsOf, tentaclesOf, whyOf } from '../facts.ts';
import { createPaint } from '../paint.ts';
import { recipesFor, type RecipeFacts } from '../recipes.ts';
import { accountLine, ELSEWHERE } from '../summary.ts';
import { count, duration, oneLine } from '../text.ts';
import { timeTable } from './time-table.ts';
import { linkToOutput, markdownFence, markdownText } from './markdown-text.ts';

/** `report.md`: totals, failures as a table of tests by board-variants, errors with whom to blame, skips with reasons. */
export function reportMarkdown(overlord: Overlord, virtual: RecipeFacts['virtual']): string {
  const parts = [
    head(overlord),
    failureTable(overlord),
    ...failedRuns(overlord, virtual),
    list('Unschedulable', overlord.unschedulable.map(reasonItem)),
    list('Not run', overlord.notRun.map(reasonItem)),
    list('Flaky', overlord.flaky.map(flakyItem)),
    list(
      'Failed, then passed when tried again by hand',
      overlord.retriedByHand.filter(({ passed }) => passed).map(flakyItem),
    ),
    list(
      'Failed again when tried by hand',
      overlord.retriedByHand.filter(({ passed }) => !passed).map(flakyItem),
    ),
    list('Skipped and excused', skips(overlord)),
    list(
      'Warnings',
      [...new Set(overlord.warnings)].map((message) => markdownText(message)),
    ),
    timeTable(overlord.time),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function head({ started, finished, balance, bailedOut }: Overlord): string {
  const mood = finished === undefined ? 'not finished' : finished.exit === 0 ? 'all well' : 'not all well';
  const ending =
    finished === undefined
      ? 'still running, or cut off'
      : `${finished.ending} after ${duration(finished.durationMs)}, exit ${finished.exit}`;
  return [
    `# ${markdownText(started?.lab ?? 'testbed')}: ${mood}`,
    `Session \`${started?.session ?? '?'}\`, ${ending}.`,
    `**${accountLine(balance, createPaint(false))}**`,
    ...(bailedOut === undefined ? [] : [`Bailed out: ${markdownText(bailedOut)}`]),
  ].join('\n\n');
}

interface Cell {
  readonly name: string;
  readonly word: string;
  readonly why: string;
}

/** A row for each test that did not end as it should, a column for each board-variant that it was run on. */
function failureTable({ failures, unexpectedPasses }: Overlord): string {
  const rows = new Map<string, Map<string, string>>();
  const columns = new Set<string>();
  for (const run of new Set([...failures, ...unexpectedPasses])) {
    const column = boardVariantsOf(run);
    for (const { name, word, why } of cellsOf(run)) {
      columns.add(column);
      const row = rows.get(name) ?? new Map<string, string>();
      rows.set(
        name,
        row.set(column, `[${word}](${linkToOutput(run.run)})${why === '' ? '' : `: ${markdownText(why)}`}`),
      );
    }
  }
  if (rows.size === 0) return '';
  const names = [...columns].toSorted();
  const body = [...rows]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, row]) => tableRow([markdownText(name), ...names.map((column) => row.get(column) ?? '')]));
  const header = [
    tableRow(['test', ...names.map(markdownText)]),
    tableRow(['---', ...names.map(() => '---')]),
  ];
  return `## Failures\n\n${[...header, ...body].join('\n')}`;
}

function tableRow(fields: readonly string[]): string {
  return `| ${fields.join(' | ')} |`;
}

function cellOf(word: string, test: NamedTest): Cell {
  return { name: test.path, word, why: whyOf(test) };
}

function cellsOf(run: FinishedRun): Cell[] {
  const cells = [
    ...run.failed.map((test) => cellOf(test.verdict, test)),
    ...run.unexpectedPasses.map((test) => cellOf('xpass', test)),
  ];
  // A run that failed as a whole has a row of its own name.
  if (cells.length > 0) return cells;
  return [{ name: run.label, word: run.verdict, why: run.reason ?? run.cause ?? '' }];
}

function failedRuns({ failures, started }: Overlord, virtual: RecipeFacts['virtual']): string[] {
  if (failures.length === 0) return [];
  const details = failures.map((run) => {
    const where = tentaclesOf(run);
    const facets = [
      run.verdict,
      run.cause ?? '',
      run.blame === undefined ? '' : `blame: ${run.blame}`,
      where === '' ? '' : `on ${markdownText(where)}`,
      count(run.attempt, 'attempt'),
      duration(run.durationMs),
    ].filter(Boolean);
    const { again, serve, byHand } = recipesFor(run, { command: started?.command ?? [], virtual });
    const commands = [again, serve === undefined ? '' : `${serve}${ELSEWHERE}`, byHand ?? ''].filter(Boolean);
    return [
      `### ${markdownText(run.order)}`,
      `${facets.join(', ')}. ${markdownText(run.reason ?? '')}`.trim(),
      ...(run.evidence === undefined ? [] : [markdownFence(oneLine(run.evidence))]),
      `[output](${linkToOutput(run.run)}); again${run.reproduce === undefined ? '' : ', and by hand'}:`,
      markdownFence(commands.join('\n')),
    ].join('\n\n');
  });
  return ['## Runs that failed', ...details];
}

function reasonItem({ order, reason, cause }: Overlord['notRun'][number]): string {
  return `${markdownText(order)}: ${markdownText(reason)} (${cause})`;
}

function flakyItem({ order, attempts }: Overlord['flaky'][number]): string {
  const told = attempts.map(({ verdict, reason, cause, run }) => {
    const why = verdict === 'pass' ? '' : ` (${markdownText(reason ?? cause ?? 'no reason was given')})`;
    return `[${verdict}](${linkToOutput(run)})${why}`;
  });
  return `${markdownText(order)}: ${told.join(', then ')}`;
}

function skips({ skipped, testNotes }: Overlord): string[] {
  const entries = [
    ...skipped.map(({ order, reason, cause }) => ({
      what: order,
      reason: reason ?? cause ?? 'no reason was given',
    })),
    ...testNotes.map(({ path, order, reason }) => ({ what: `${path} in ${order}`, reason })),
  ];
  const reasons = Map.groupBy(entries, ({ reason }) => markdownText(reason));
  return [...reasons].map(([reason, all]) => {
    const names = all.slice(0, 20).map(({ what }) => markdownText(what));
    const more = all.length > 20 ? ` and ${all.length - 20} more` : '';
    return `${reason}: ${names.join(', ')}${more}`;
  });
}

function list(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `## ${title}\n\n${items.map((item) => `- ${item}`).join('\n')}`;
}
