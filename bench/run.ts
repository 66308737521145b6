// npm run bench: ratios against a floor or a peer, both sides in the same run, since machines differ and are noisy.
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bartender } from './bartender.ts';
import { tapHarnesses } from './harness.ts';
import { once, paired, row } from './measure.ts';
import { preloaded, preloadedNode } from './preload.ts';
import { replAgainstRunTests } from './repl.ts';
import { output, replay } from './throughput.ts';

const root = path.resolve(import.meta.dirname, '..');
const testbed = [process.execPath, path.join(root, 'bin', 'testbed')];
/** In memory where there is such a place: what a disk does after a mass of small files is not what is measured. */
const MEMORY = '/dev/shm';
const scratch = mkdtempSync(path.join(isWritable(MEMORY) ? MEMORY : os.tmpdir(), 'testbed-bench-'));
const RUNS = 1000;

console.log(`${'what'.padEnd(58)}${'testbed'.padStart(10)}${'other'.padStart(10)}   ratio   goal`);
try {
  startUp();
  trivialRuns();
  bytesOfTrivialRuns();
  tapHarnesses(testbed, scratch);
  preloaded(testbed, scratch);
  preloadedNode(testbed, scratch);
  output(testbed, scratch);
  await replay(testbed, scratch);
  bartender();
  await replAgainstRunTests(testbed, scratch);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function startUp(): void {
  const { a, b, ratio } = paired(
    { argv: [...testbed, '--version'] },
    { argv: [process.execPath, '-e', '0'] },
    21,
  );
  row('testbed --version / node -e 0', a, b, ratio, '<= 1.5');
}

function labOf(): string {
  const directory = mkdtempSync(path.join(scratch, 'lab-'));
  writeFileSync(
    path.join(directory, 'trivial.yaml'),
    `plan: trivial\nspecs:\n  t: { label: T, help: nothing, timeout: 1m, command: ["true"], results: exit-code }\n`,
  );
  writeFileSync(
    path.join(directory, 'testbed.yaml'),
    `lab: bench\nplans: [./trivial.yaml]\ntentacles: {}\nstate: ${directory}/state\n`,
  );
  return directory;
}

function trivialRuns(): void {
  const cwd = labOf();
  // Nothing is deleted before the end: filesystems still work on that while the next round is measured.
  const ours = { argv: [...testbed, 'run', '--count', String(RUNS), '--jobs', '2', '-q'], cwd };
  const loop = path.join(root, 'bench', 'spawn-loop.mjs');
  const half = `"${process.execPath}" "${loop}" ${RUNS / 2} true`;
  const spawns = paired(ours, { argv: ['sh', '-c', `${half} & ${half} & wait`] }, 5);
  row(
    `${RUNS} runs of true, --jobs 2 / two Node loops that spawn`,
    spawns.a,
    spawns.b,
    spawns.ratio,
    '<= 1.6',
  );
  const tests = path.join(scratch, 't');
  mkdirSync(tests);
  for (let i = 0; i < RUNS; i++) writeFileSync(path.join(tests, `${i}.t`), '');
  const prove = paired(
    ours,
    { argv: ['sh', '-c', `prove -Q -j2 -e 'printf 1..1\\nok\\n' "${tests}"/*.t`] },
    3,
  );
  row(`… / prove -j2`, prove.a, prove.b, prove.ratio, '<= 0.6');
  const xargs = paired(ours, { argv: ['sh', '-c', `seq ${RUNS} | xargs -P2 -n1 true`] }, 3);
  row(`… / xargs -P2 -n1`, xargs.a, xargs.b, xargs.ratio, 'told');
}

function bytesOfTrivialRuns(): void {
  const sizes = [1, 101].map((count) => {
    const cwd = labOf();
    once({ argv: [...testbed, 'run', '--count', String(count), '--jobs', '2', '-q'], cwd });
    const session = path.join(cwd, 'results', 'latest');
    const files = readdirSync(path.join(session, 'runs'), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile(),
    );
    const runs = files.reduce(
      (sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size,
      0,
    );
    return { events: statSync(path.join(session, 'events.jsonl')).size, runs };
  });
  const [one, many] = sizes as [(typeof sizes)[0], (typeof sizes)[0]];
  const events = (many.events - one.events) / 100;
  const all = events + (many.runs - one.runs) / 100;
  row('bytes of a trivial run in events.jsonl / 1 KB', events, 1024, events / 1024, '<= 1', 'B');
  row('bytes of a trivial run in all / 2 KB', all, 2048, all / 2048, '<= 1', 'B');
}
