import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { median, row, usage, type Timed } from './measure.ts';

const TESTS = 1000;
const ROUNDS = 3;
/** It takes ten times as long as the others. */
const YATH_ROUNDS = 1;
const TAP = '#!/bin/sh\necho 1..1\necho ok 1\n';

/** The same trivial TAP tests by testbed, by prove, and by yath where it is installed (Debian's libtest2-harness-perl). */
export function tapHarnesses(testbed: readonly string[], scratch: string): void {
  const cwd = path.join(scratch, 'tap');
  mkdirSync(path.join(cwd, 't'), { recursive: true });
  for (let i = 0; i < TESTS; i++) writeFileSync(path.join(cwd, 't', `${i}.t`), TAP, { mode: 0o755 });
  writeFileSync(
    path.join(cwd, 'tap.yaml'),
    `plan: tap\nspecs:\n  t: { label: T, help: trivial, timeout: 1m, command: [./t/0.t], results: tap }\n`,
  );
  writeFileSync(
    path.join(cwd, 'testbed.yaml'),
    `lab: tap\nplans: [./tap.yaml]\ntentacles: {}\nstate: ${cwd}/state\n`,
  );
  const ours = { argv: [...testbed, 'run', '--count', String(TESTS), '--jobs', '2', '-q'], cwd };
  const files = readdirSync(path.join(cwd, 't')).map((name) => `t/${name}`);
  compare(
    ours,
    { argv: ['prove', '-Q', '-j2', '-e', 'sh', ...files], cwd },
    {
      name: 'prove -j2',
      goal: '<= 0.6',
      rounds: ROUNDS,
    },
  );
  if (!existsSync('/usr/bin/yath')) {
    console.log('… / yath -j2: not measured (apt-get install libtest2-harness-perl)');
    return;
  }
  const log = path.join(cwd, 'yath.jsonl');
  const yath = { argv: ['yath', 'test', '-j2', '-q', '-F', log, ...files], cwd };
  compare(ours, yath, { name: 'yath -j2', goal: 'told', rounds: YATH_ROUNDS });
  const session = path.join(cwd, 'results', 'latest');
  const bytes = sizeOf(session) / TESTS;
  const theirs = statSync(log).size / TESTS;
  row('log bytes a test / yath', bytes, theirs, bytes / theirs, 'told', 'B');
}

interface Against {
  readonly name: string;
  readonly goal: string;
  readonly rounds: number;
}

function compare(ours: Timed, theirs: Timed, { name, goal, rounds }: Against): void {
  usage(ours);
  const pairs = Array.from({ length: rounds }, () => ({ a: usage(ours), b: usage(theirs) }));
  for (const what of ['wall', 'cpu'] as const) {
    const [a, b] = [median(pairs.map((pair) => pair.a[what])), median(pairs.map((pair) => pair.b[what]))];
    const ratio = median(pairs.map((pair) => pair.a[what] / pair.b[what]));
    row(`${TESTS} TAP tests, ${what} / ${name}`, a, b, ratio, what === 'wall' ? goal : 'told');
  }
}

function sizeOf(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}
