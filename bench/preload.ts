import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
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
    const run = ['run', '--count', String(TESTS), '--jobs', '2', '-q', '--only'];
    const [warm, cold] = ['warm', 'cold'].map((name): Timed => ({ argv: [...testbed, ...run, name], cwd }));
    const files = Array.from({ length: TESTS }, (_, i) => `t/${i}.t`);
    const prove = { argv: ['prove', '-Q', '-j2', '-e', PYTHON.trim(), ...files], cwd };
    const rounds = Array.from({ length: ROUNDS }, () =>
      [warm!, cold!, prove].map((each) => adoptedUsage(each)),
    );
    const what = `${TESTS} Python tests${imports.length === 0 ? '' : ' with imports'}`;
    for (const measure of ['cpu', 'wall'] as const)
      for (const [name, other] of [['prove -j2', 2] as const, ['cold', 1] as const]) {
        const of = (index: number): number => median(rounds.map((round) => round[index]![measure]));
        const ratio = median(rounds.map((round) => round[0]![measure] / round[other]![measure]));
        const goal = measure === 'cpu' && other === 2 ? '< 0.5' : 'told';
        row(`${what}, preloaded, ${measure} / ${name}`, of(0), of(other), ratio, goal);
      }
  }
}
