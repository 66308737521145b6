import { KINDS, type Result } from './row.ts';

/** The table of all results as Markdown, a part for each kind. */
export function table(
  results: readonly Result[],
  machine: { readonly version: string; readonly cores: number },
): string {
  const counts = ['held', 'broken', 'not here'].map(
    (outcome) => `${results.filter((result) => result.outcome === outcome).length} ${outcome}`,
  );
  const parts = KINDS.flatMap((kind) => {
    const rows = results.filter(({ row }) => row.kind === kind);
    return rows.length === 0 ? [] : [`\n## When ${kind}\n`, HEAD, ...rows.map(line)];
  });
  const made = `Made by \`npm run faults\`, Node ${machine.version}, ${machine.cores} cores: ${counts.join(', ')}.`;
  return `${['# Faults, and what came of them', '', made, ...parts].join('\n')}\n`;
}

const HEAD = [
  '| fault | what happened | verdict after | processes left | leases left | log |',
  '|---|---|---|---|---|---|',
].join('\n');

function line(result: Result): string {
  const { row, outcome, what, verdictMs, processes, leases, log, broken } = result;
  const happened = {
    held: what,
    'not here': `not here: ${what}`,
    broken: `**broken**: ${broken.join('; ')}`,
  }[outcome];
  const after = verdictMs === undefined ? '' : `${(verdictMs / 1000).toFixed(1)} s`;
  return `| ${[row.fault, happened, after, processes, leases, log].map(cell).join(' | ')} |`;
}

/** Whatever it holds, it stays in its cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').slice(0, 600);
}
