import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { adoptedUsage, median, row, type Timed } from './measure.ts';

const TESTS = 500;
const ROUNDS = 3;
const PRINTS = 'print("1..1\\nok 1")\n';
const IMPORTS = ['json', 'unittest', 'argparse', 'asyncio'];
/** The interpreter itself: what stands in PATH may be a script, and that would be the slower. */
const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });

/** Trivial Python tests from a stage with an interpreter, cold, and by prove: with nothing to import, and with some modules. */
export function preloaded(testbed: readonly string[], scratch: string): void {
  for (const imports of [[], IMPORTS]) {
    const cwd = path.join(scratch, `python-${imports.length}`);
    mkdirSync(path.join(cwd, 't'), { recursive: true });
    const program = imports.map((name) => `import ${name}\n`).join('') + PRINTS;
    for (let i = 0; i < TESTS; i++) writeFileSync(path.join(cwd, 't', `${i}.t`), program);
    const spec = 'help: x, timeout: 1m, command: ["${python}", t/0.t], results: tap';
    writeFileSync(
      path.join(cwd, 'python.yaml'),
      `plan: python\nstages:\n  py: { preload: python, imports: [${imports.join()}] }\nspecs:\n` +
        `  warm: { label: WARM, stage: py, ${spec} }\n  cold: { label: COLD, ${spec} }\n`,
    );
    writeFileSync(
      path.join(cwd, 'testbed.yaml'),
      `lab: python\npython: ${PYTHON}plans: [./python.yaml]\ntentacles: {}\nstate: ${cwd}/state\n`,
    );
    const what = `${TESTS} Python tests${imports.length === 0 ? '' : ' with imports'}`;
    compare(what, { testbed, cwd, tests: TESTS, interpreter: PYTHON.trim() }, '< 0.5');
  }
}

const NODE_TESTS = 40;
/** A package that takes longer to load than Node to start. */
const PACKAGE = 'prettier';

/** The same of Node, whose processes can not fork: what is saved is waiting, and no CPU. */
export function preloadedNode(testbed: readonly string[], scratch: string): void {
  const cwd = path.join(scratch, 'node');
  mkdirSync(path.join(cwd, 't'), { recursive: true });
  symlinkSync(path.resolve(import.meta.dirname, '../node_modules'), path.join(cwd, 'node_modules'));
  const program = `require('${PACKAGE}'); console.log('1..1\\nok 1');\n`;
  for (let i = 0; i < NODE_TESTS; i++) writeFileSync(path.join(cwd, 't', `${i}.cjs`), program);
  const spec = `help: x, timeout: 1m, command: [${process.execPath}, t/0.cjs], results: tap`;
  const waits = `help: x, timeout: 1m, command: [${process.execPath}, waits.cjs], results: tap`;
  writeFileSync(path.join(cwd, 'waits.cjs'), `${program}setTimeout(() => {}, 300);`);
  writeFileSync(
    path.join(cwd, 'node.yaml'),
    'plan: node\nstages:\n' +
      `  js: { preload: node, interpreter: ${process.execPath}, imports: [./node_modules/${PACKAGE}/index.cjs] }\nspecs:\n` +
      `  warm: { label: WARM, stage: js, ${spec} }\n  cold: { label: COLD, ${spec} }\n` +
      `  warm-waits: { label: WARM-WAITS, stage: js, ${waits} }\n  cold-waits: { label: COLD-WAITS, ${waits} }\n`,
  );
  writeFileSync(
    path.join(cwd, 'testbed.yaml'),
    `lab: node\nplans: [./node.yaml]\ntentacles: {}\nstate: ${cwd}/state\n`,
  );
  const facts = { testbed, cwd, tests: NODE_TESTS, interpreter: process.execPath };
  compare(`${NODE_TESTS} Node tests with an import`, facts, 'told');
  compare(`${NODE_TESTS} Node tests that wait 0.3 s, too`, { ...facts, suffix: '-waits' }, 'told');
}

interface Compared {
  readonly testbed: readonly string[];
  /** Where the lab is, and `t/`. */
  readonly cwd: string;
  readonly tests: number;
  readonly interpreter: string;
  /** Of the specs `warm` and `cold`; what has one, prove does not run. */
  readonly suffix?: string;
}

/** Rows for the specs `warm` and `cold` of a lab, and for prove with the same files. */
function compare(what: string, { testbed, cwd, tests, interpreter, suffix }: Compared, goal: string): void {
  const run = ['run', '--count', String(tests), '--jobs', '2', '-q', '--only'];
  const [warm, cold] = ['warm', 'cold'].map((name): Timed => ({
    argv: [...testbed, ...run, `${name}${suffix ?? ''}`],
    cwd,
  }));
  const files = readdirSync(path.join(cwd, 't')).map((file) => `t/${file}`);
  const prove = { argv: ['prove', '-Q', '-j2', '-e', interpreter, ...files], cwd };
  const compared = suffix === undefined ? [warm!, cold!, prove] : [warm!, cold!];
  const rounds = Array.from({ length: ROUNDS }, () => compared.map((each) => adoptedUsage(each)));
  for (const measure of ['cpu', 'wall'] as const)
    for (const [name, other] of [['prove -j2', 2] as const, ['cold', 1] as const]) {
      if (other >= compared.length) continue;
      const of = (index: number): number => median(rounds.map((round) => round[index]![measure]));
      const ratio = median(rounds.map((round) => round[0]![measure] / round[other]![measure]));
      row(
        `${what}, preloaded, ${measure} / ${name}`,
        of(0),
        of(other),
        ratio,
        measure === 'cpu' && other === 2 ? goal : 'told',
      );
    }
}
