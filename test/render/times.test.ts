import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunFinished } from '../../src/event/event.ts';
import { TimeSpent } from '../../src/overlord/time-spent.ts';
import { stepDuration, timesText } from '../../src/render/facts.ts';
import { Rig } from '../support/rig.ts';

function spec(label: string, script: string): string {
  return `{ label: ${label}, help: h, timeout: 1m, command: [sh, -c, '${script}'], results: exit-code }`;
}

test('where the time of a run went stands in every report, and in what the log says of it', async () => {
  await using rig = new Rig();
  rig.lab('plans: [./plan.yaml]\ntentacles: {}\n');
  rig.write(
    'plan.yaml',
    `plan: own\nspecs:\n  slow: ${spec('SLOW', 'sleep 0.4; echo here; sleep 0.3')}\n  quick: ${spec('QUICK', 'exit 1')}\n`,
  );
  const { stderr } = await rig.run(['run', '-v']);
  const runs = rig.events().filter((event): event is RunFinished => event.type === 'run-finished');
  const slow = runs.find(({ run }) => run === 'SLOW');
  const { firstOutputMs = 0, testMs = 0 } = slow?.times ?? {};
  expect([firstOutputMs >= 400, testMs >= 700, testMs - firstOutputMs >= 290]).toEqual([true, true, true]);
  const told = timesText(slow?.times);
  expect(told).toMatch(/^first output .*, test .*, audit /);
  expect(stderr).toMatch(new RegExp(`PASS {5}SLOW {2}.*  ${told}  `));
  const [report = '', junit] = ['report.md', 'junit.xml'].map((name) =>
    readFileSync(path.join(rig.session, name), 'utf8'),
  );
  const all = runs.reduce((sum, { times }) => sum + (times?.testMs ?? 0), 0);
  expect(report).toContain('\n\n| run | time | first output | test | audit |\n');
  expect(report).toMatch(
    new RegExp(`\n\\| all 2 runs \\| \\S+ s \\|  \\| ${stepDuration(all)} \\| .*\n\\| SLOW `),
  );
  expect(report).toContain(` | ${stepDuration(firstOutputMs)} | ${stepDuration(testMs)} | `);
  expect(junit).toContain(`<property name="seconds test" value="${(testMs / 1000).toFixed(3)}"/>`);
  expect((await rig.run(['log'])).stdout).toMatch(new RegExp(`PASS {5}SLOW {2}.*  ${told}\n`));
  const one = await rig.run(['log', '--run', 'SLOW']);
  expect([one.stdout, one.stderr]).toEqual([
    'here\n',
    expect.stringContaining('testbed: SLOW: first output '),
  ]);
});

test('sums are of all runs, and the slowest are the slowest, whatever the order', () => {
  const runs = fc.array(fc.record({ durationMs: fc.nat({ max: 50 }), testMs: fc.nat() }), { maxLength: 30 });
  fc.assert(
    fc.property(runs, (all) => {
      const spent = new TimeSpent();
      for (const [index, { durationMs, testMs }] of all.entries())
        spent.add({
          type: 'run-finished',
          order: `${index}`,
          run: `${index}`,
          attempt: 1,
          verdict: 'pass',
          expected: true,
          willRetry: false,
          durationMs,
          times: { testMs },
        });
      const sum = (of: (run: (typeof all)[number]) => number): number =>
        all.reduce((total, run) => total + of(run), 0);
      expect(spent.runs).toBe(all.length);
      expect([spent.totalMs, spent.totals.testMs ?? 0]).toEqual([
        sum((run) => run.durationMs),
        sum((run) => run.testMs),
      ]);
      const slowest = all
        .map(({ durationMs }, index) => ({ run: `${index}`, durationMs }))
        .toSorted((a, b) => b.durationMs - a.durationMs);
      expect(spent.slowest.map(({ run, durationMs }) => ({ run, durationMs }))).toEqual(slowest.slice(0, 5));
    }),
  );
});
