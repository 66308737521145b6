import path from 'node:path';
import type { Overlord } from '../overlord/overlord.ts';
import type { Balance, FailedRun, FlakyOrder, NamedTest } from '../overlord/totals.ts';
import { tentaclesOf, whyOf } from './facts.ts';
import type { Paint } from './paint.ts';
import { recipesFor, resumeCommand, type RecipeFacts } from './recipes.ts';
import { shellQuote } from './shell-quote.ts';
import { count, duration, oneLine, wrap } from './text.ts';

/** What the end of a session is told from. */
export interface SummaryInput {
  readonly overlord: Overlord;
  readonly paint: Paint;
  /** The session's directory, absolute; paths are shown relative to `cwd`. */
  readonly directory: string;
  readonly cwd: string;
  /** Width of the terminal; absent: sentences are not broken. What may be pasted never is. */
  readonly columns?: number;
  /** The reports that are there, whole and up to date: names in the session's directory. */
  readonly reports: readonly string[];
  /** Those that could not be written to the end. */
  readonly unwritten?: readonly string[];
  readonly virtual: RecipeFacts['virtual'];
  /** What went wrong with the output itself. */
  readonly faults?: readonly string[];
}

/** Failures that are told in full; of the others each has a line. */
const IN_FULL = 25;
/** Lines in any one list; the report has them all. */
const MOST_LINES = 100;
const MOST_TESTS = 10;
/** A comment, so that the line can be pasted as it is. */
export const ELSEWHERE = '  # in another terminal';

/** The end of a session for people, without a newline at the end: failures first, the account, then where the report is. */
export function summaryText(input: SummaryInput): string {
  const sections = [
    failures(input),
    surprises(input),
    flaky(input),
    triedByHand(input),
    left(input),
    warnings(input),
    account(input),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function failures(input: SummaryInput): string[] {
  // What a test did wrong comes before what the lab did wrong.
  const sorted = input.overlord.failures.toSorted((a, b) => rank(a) - rank(b));
  const full = sorted.slice(0, IN_FULL).map((run) => failure(run, input).join('\n'));
  const short = sorted.slice(IN_FULL).map((run) => headline(run, input.paint));
  return [...(full.length > 0 ? [full.join('\n\n')] : []), ...limited(short, 'failures')];
}

function rank({ verdict }: FailedRun): number {
  return verdict === 'error' ? 1 : 0;
}

function headline(run: FailedRun, paint: Paint): string {
  const { order, verdict, reason, cause, blame, attempt } = run;
  const where = tentaclesOf(run);
  const details = [
    where === '' ? '' : `on ${where}`,
    attempt > 1 ? `after ${count(attempt, 'attempt')}` : '',
    verdict === 'error' && blame !== undefined ? `blame: ${blame}` : '',
  ].filter(Boolean);
  const tail = details.length === 0 ? '' : paint.pale(` (${details.join(', ')})`);
  const why = oneLine(reason ?? cause ?? 'no reason was given');
  return `${paint.bad(`✖ ${verdict}`)} ${paint.bold(order)}: ${why}${tail}`;
}

function failure(run: FailedRun, { paint, directory, cwd, overlord, virtual }: SummaryInput): string[] {
  const row = (name: string, text: string): string => `    ${paint.pale(name.padEnd(8))} ${text}`;
  const log = shortPath(cwd, path.join(directory, 'runs', run.run, 'output.txt'));
  const lines = [headline(run, paint)];
  for (const test of run.failed.slice(0, MOST_TESTS)) lines.push(testRow(test.verdict, test, paint));
  const more = run.failed.length - MOST_TESTS;
  if (more > 0) lines.push(`    … and ${count(more, 'more test')}, see the report`);
  for (const test of run.unexpectedPasses.slice(0, MOST_TESTS)) lines.push(testRow('xpass', test, paint));
  if (run.evidence !== undefined) lines.push(row('evidence', oneLine(run.evidence)));
  lines.push(row('log', paint.name(log)));
  const { again, serve, byHand } = recipesFor(run, { command: overlord.started?.command ?? [], virtual });
  lines.push(row('again', again));
  if (serve !== undefined) lines.push(row('first', `${serve}${paint.pale(ELSEWHERE)}`));
  if (byHand !== undefined) lines.push(row('by hand', byHand));
  return lines;
}

function testRow(word: string, test: NamedTest, paint: Paint): string {
  const why = oneLine(whyOf(test));
  const text = why === '' ? '' : paint.pale(`  ${why}`);
  return `    ${paint.bad(word.padEnd(8))} ${oneLine(test.path)}${text}`;
}

/** Tests that passed although an expectation says that they fail, in runs that ended well; in others they are told there. */
function surprises({ overlord, paint }: SummaryInput): string[] {
  const failed = new Set(overlord.failures.map(({ run }) => run));
  const rows = overlord.unexpectedPasses
    .filter(({ run }) => !failed.has(run))
    .flatMap(({ order, unexpectedPasses }) =>
      unexpectedPasses.map((test) => {
        const why = test.reason === undefined ? '' : paint.pale(`  ${oneLine(test.reason)}`);
        return `    ${oneLine(test.path)} in ${order}${why}`;
      }),
    );
  if (rows.length === 0) return [];
  const title = `✖ ${count(rows.length, 'test')} passed unexpectedly: take the expectation out`;
  return [paint.bad(title), ...limited(rows, 'tests')];
}

function flaky({ overlord, paint }: SummaryInput): string[] {
  if (overlord.flaky.length === 0) return [];
  const rows = overlord.flaky.map(attemptsRow);
  return [paint.note(`↻ ${count(rows.length, 'flaky order')}`), ...limited(rows, 'orders')];
}

/** Orders that failed, and were tried again because somebody asked: they stay failed, and no green hides it. */
function triedByHand({ overlord, paint }: SummaryInput): string[] {
  const { retriedByHand } = overlord;
  const group = (passed: boolean, title: (orders: string) => string): string[] => {
    const rows = retriedByHand.filter((each) => each.passed === passed).map(attemptsRow);
    return rows.length === 0 ? [] : [title(count(rows.length, 'order')), ...limited(rows, 'orders')];
  };
  return [
    ...group(true, (orders) => paint.note(`↻ ${orders} failed, then passed when tried again by hand`)),
    ...group(false, (orders) => paint.bad(`↻ ${orders} failed again when tried by hand`)),
  ];
}

function attemptsRow({ order, attempts }: FlakyOrder): string {
  const told = attempts.map(({ verdict, reason, cause, tentacles }) => {
    const where = tentacles.length === 0 ? '' : ` on ${tentacles.join(' + ')}`;
    const why = verdict === 'pass' ? '' : ` (${oneLine(reason ?? cause ?? 'no reason was given')})`;
    return `${verdict}${where}${why}`;
  });
  return `    ${order}: ${told.join(', then ')}`;
}

/** What was not carried out, or carried out as a skip. */
function left({ overlord, paint, columns }: SummaryInput): string[] {
  const skipped = overlord.skipped.map(({ order, reason, cause }) => ({
    order,
    reason: reason ?? cause ?? 'no reason was given',
  }));
  return [
    ...grouped(overlord.unschedulable, columns, (n) =>
      paint.bad(`✖ ${count(n, 'order')} could not be scheduled`),
    ),
    ...grouped(overlord.notRun, columns, (n) => paint.note(`◌ ${count(n, 'order')} not run`)),
    ...grouped(skipped, columns, (n) => paint.note(`↓ ${count(n, 'order')} skipped`)),
  ];
}

/** Each reason, and below it some of the orders that have it, however many there are. */
function grouped(
  all: readonly { readonly order: string; readonly reason: string }[],
  columns: number | undefined,
  title: (total: number) => string,
): string[] {
  if (all.length === 0) return [];
  const reasons = Map.groupBy(all, ({ reason }) => oneLine(reason));
  const rows = [...reasons].map(([reason, orders]) => {
    const names = orders.slice(0, 3).map(({ order }) => order);
    const more = orders.length > 3 ? ` and ${orders.length - 3} more` : '';
    return [...broken(reason, columns, '    '), `      ${names.join(', ')}${more}`].join('\n');
  });
  return [title(all.length), ...limited(rows, 'reasons')];
}

function warnings({ overlord, paint, columns, faults = [] }: SummaryInput): string[] {
  const unique = [...new Set([...overlord.warnings, ...faults])];
  return limited(
    unique.map((message) => broken(oneLine(message), columns, '  ').join('\n').replace(' ', paint.note('⚠'))),
    'warnings',
  );
}

function account({ overlord, paint, directory, cwd, reports, unwritten = [] }: SummaryInput): string[] {
  const { balance, finished, bailedOut, tests } = overlord;
  const lines: string[] = [];
  if (bailedOut !== undefined) lines.push(`${paint.bad('bailed out:')} ${oneLine(bailedOut)}`);
  if (finished?.ending === 'interrupted') lines.push(paint.note('interrupted; what was finished is kept.'));
  const excused = [
    balance.expectedFail > 0 ? count(balance.expectedFail, 'order') : '',
    tests.expectedFail > 0 ? count(tests.expectedFail, 'test') : '',
  ].filter(Boolean);
  const note = excused.length === 0 ? '' : ` (${excused.join(' and ')} failed as expected)`;
  lines.push(accountLine(balance, paint) + note);
  if (!balance.balanced) {
    // A log that could not grow has no room for what was not run either.
    const why = finished === undefined ? 'the log ends before the session did' : 'this does not add up';
    lines.push(paint.bad(`${why}: ${balance.running} running, ${balance.todo} still to do.`));
  }
  if (balance.notRun > 0 || (!balance.balanced && finished === undefined))
    lines.push(`to go on: ${resumeCommand(overlord.started?.command ?? [], path.basename(directory))}`);
  const took = finished === undefined ? '' : paint.pale(` (${duration(finished.durationMs)})`);
  // They lie beside each other: the first tells where.
  const [first, ...others] = reports;
  if (first !== undefined) {
    const where = [shortPath(cwd, path.join(directory, first)), ...others].map((name) => paint.name(name));
    lines.push(`report: ${where.join(', ')}${took}`);
  }
  if (unwritten.length > 0) {
    const again = `testbed report ${shellQuote(shortPath(cwd, directory))}`;
    lines.push(
      `${paint.bad('not written to the end:')} ${unwritten.join(', ')}; once that can be done: ${again}`,
    );
  }
  return lines;
}

/** `12 planned = 9 pass + 1 fail + 0 error + 1 skip + 1 unschedulable + 0 not-run`. */
export function accountLine(balance: Balance, paint: Paint): string {
  const part = (n: number, word: string, style: (text: string) => string): string =>
    n === 0 ? paint.pale(`${n} ${word}`) : style(`${n} ${word}`);
  const parts = [
    part(balance.pass, 'pass', paint.good),
    part(balance.fail, 'fail', paint.bad),
    part(balance.error, 'error', paint.bad),
    part(balance.skip, 'skip', paint.note),
    part(balance.unschedulable, 'unschedulable', paint.bad),
    part(balance.notRun, 'not-run', paint.note),
  ];
  return `${paint.bold(`${balance.planned} planned`)} = ${parts.join(' + ')}`;
}

/** A sentence in lines that fit, all of them indented. */
function broken(text: string, columns: number | undefined, indent: string): string[] {
  const lines = columns === undefined ? [text] : wrap(text, Math.max(40, columns) - indent.length);
  return lines.map((line) => indent + line);
}

function limited(lines: readonly string[], things: string): string[] {
  if (lines.length <= MOST_LINES) return [...lines];
  return [
    ...lines.slice(0, MOST_LINES),
    `    … and ${lines.length - MOST_LINES} more ${things}, see the report`,
  ];
}

/** Relative to where the person is, unless that is the longer way. */
function shortPath(cwd: string, file: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') && relative.length >= file.length ? file : relative;
}
