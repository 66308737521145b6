import { appendFileSync } from 'node:fs';
import type { Overlord } from '../../overlord/overlord.ts';
import { tentaclesOf } from '../facts.ts';
import { oneLine } from '../text.ts';

/** GitHub shows ten errors of a step; the last of ours says how many more there are. */
const MOST_ANNOTATIONS = 10;
/** Of a step summary, bytes. */
const LONGEST_SUMMARY = 1024 * 1024;

/** `::error` lines for GitHub Actions: a failed or unschedulable order each. */
export function githubAnnotations({ failures, unschedulable }: Overlord): string[] {
  const all = [
    ...failures.map((run) => {
      const where = tentaclesOf(run);
      const why = run.reason ?? run.cause ?? run.verdict;
      return annotation(`${run.verdict}: ${run.order}`, `${why}${where === '' ? '' : ` (on ${where})`}`);
    }),
    ...unschedulable.map(({ order, reason }) => annotation(`unschedulable: ${order}`, reason)),
  ];
  if (all.length <= MOST_ANNOTATIONS) return all;
  const rest = all.length - MOST_ANNOTATIONS + 1;
  return [...all.slice(0, MOST_ANNOTATIONS - 1), annotation('testbed', `${rest} more, see report.md`)];
}

/** Adds the report to the page of the step, `file` being `$GITHUB_STEP_SUMMARY`; throws when it can not. */
export function githubStepSummary(file: string, markdown: string): void {
  const note = '\n\n… the rest is in report.md.\n';
  const fits = Buffer.byteLength(markdown) <= LONGEST_SUMMARY;
  // Cut by bytes: half a character at the cut becomes a replacement mark, which does no harm.
  const head = fits
    ? markdown
    : Buffer.from(markdown)
        .subarray(0, LONGEST_SUMMARY - note.length * 2)
        .toString('utf8');
  appendFileSync(file, fits ? markdown : head + note);
}

function annotation(title: string, message: string): string {
  const data = oneLine(message).replaceAll('%', '%25');
  const property = oneLine(title).replaceAll('%', '%25').replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `::error title=${property}::${data}`;
}
