import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { Document } from '../../src/render/documents/document.ts';
import { JunitDocument } from '../../src/render/documents/junit.ts';
import { recipesFor } from '../../src/render/recipes.ts';
import { shellCommand } from '../../src/render/shell-quote.ts';
import { screen, showLive } from './support/live.ts';
import { Results } from './support/results.ts';
import { eventfulSession, RecordedSession } from './support/session.ts';

interface Suite {
  readonly '@name': string;
  readonly '@tests': string;
  readonly testcase: readonly Record<string, unknown>[];
}
interface Parsed {
  readonly testsuites: Record<string, string> & { readonly testsuite?: readonly Suite[] };
}

function parse(xml: string): Parsed {
  expect(XMLValidator.validate(xml)).toBe(true);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseAttributeValue: false,
    trimValues: false,
    htmlEntities: true,
    processEntities: { maxTotalExpansions: 1e9, maxExpandedLength: 1e9 },
    isArray: (name) => name === 'testsuite' || name === 'testcase',
  });
  return parser.parse(xml) as Parsed;
}

/** What XML can carry of a text. */
function allowed(text: string): string {
  return text.toWellFormed().replace(/[^\t\n\r\u0020-\ufffd]/gu, (bad) => {
    const code = bad.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : code > 0xffff ? bad : '\ufffd';
  });
}

describe('junit.xml', () => {
  test('is valid after every event, and its numbers add up', () => {
    const junit = new JunitDocument();
    for (const event of eventfulSession().events) {
      junit.apply(event);
      const { testsuites } = parse(junit.render());
      const suites = testsuites.testsuite ?? [];
      const total = suites.reduce((sum, suite) => sum + Number(suite['@tests']), 0);
      expect(Number(testsuites['@tests'])).toBe(total);
    }
  });

  test('has a suite for each order that is over, with errors, failures and skips told apart', () => {
    const junit = new JunitDocument();
    for (const event of eventfulSession().events) junit.apply(event);
    const { testsuites } = parse(junit.render());
    expect(testsuites).toMatchObject({ '@tests': '14', '@failures': '2', '@errors': '6', '@skipped': '3' });
    const verdicts = Object.fromEntries(
      (testsuites.testsuite ?? []).map((suite) => [
        suite['@name'],
        suite.testcase.map((one) => ['failure', 'error', 'skipped'].find((tag) => tag in one) ?? 'pass'),
      ]),
    );
    expect(verdicts).toEqual({
      'SMOKE[VIRTUAL]': ['pass', 'skipped'],
      'STANDARD[RPI_PICO2-RISCV]': ['pass', 'failure', 'skipped', 'failure'],
      'STANDARD[VIRTUAL-V127]': ['error'],
      'FLAKY[VIRTUAL]': ['pass'],
      HOST: ['skipped'],
      'MULTI[VIRTUAL,instance0]': ['error'],
      'MULTI[VIRTUAL,instance1]': ['error'],
      'SMOKE[VIRTUAL-V127]': ['error'],
      'STANDARD[VIRTUAL]': ['error'],
      'HOST#2': ['error'],
    });
  });

  test('carries any text that XML can carry, and shows what it can not', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.constantFrom('<', '>', '&', '"', "'", ']]>', '\n', '\r', '\t', '\0', '\u001b', '\ufffe', '\ud800'),
        fc.string({ unit: 'binary', maxLength: 1 }),
      ),
    });
    fc.assert(
      fc.property(nasty, nasty, (name, reason) => {
        const session = new RecordedSession({ smoke: 1 });
        const run = session.begin('smoke', 'v0');
        session.test(run, name, { verdict: 'fail', expected: false, reason });
        session.end(run, { verdict: 'fail', expected: false, evidence: reason });
        const junit = new JunitDocument();
        for (const event of session.events) junit.apply(event);
        const one = parse(junit.render()).testsuites.testsuite?.[0]?.testcase[0];
        expect(one?.['@name']).toBe(allowed(name));
        expect((one?.['failure'] as Record<string, string> | undefined)?.['@message'] ?? '').toBe(
          allowed(reason),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('a run that was cut off and then is not run is told once', () => {
    const session = new RecordedSession({ smoke: 1 });
    const run = session.begin('smoke', 'v0');
    session.end(run, { verdict: 'error', expected: false, cause: 'interrupted', reason: 'told to stop' });
    session.add({
      type: 'order-not-run',
      order: run.order,
      spec: 'smoke',
      cause: 'interrupted',
      reason: 'told to stop',
    });
    const junit = new JunitDocument();
    for (const event of session.events) junit.apply(event);
    expect(parse(junit.render()).testsuites.testsuite).toHaveLength(1);
  });
});

describe('documents', () => {
  test('one that can not be written is told once, and the session goes on', async () => {
    using results = new Results();
    // A directory of that name is in the way of the rename.
    mkdirSync(path.join(results.directory, 'junit.xml/x'), { recursive: true });
    const { stderr, exit } = await showLive(eventfulSession(), results, screen('quiet'));
    expect(exit).toBe(3);
    expect(stderr.match(/^⚠ .*junit\.xml can not be written/gm)).toHaveLength(1);
    expect(stderr.split('\n').slice(-3)).toEqual([
      'report: results/2026-11-20T23-11-05-4f2a/report.md (1:05)',
      'not written to the end: junit.xml; once that can be done: testbed report results/2026-11-20T23-11-05-4f2a',
      '',
    ]);
    expect(readFileSync(path.join(results.directory, 'report.md'), 'utf8')).toContain(
      '# bench: not all well',
    );
  });

  test('are written at once the first time, then rest, and are whole in between', () => {
    using results = new Results();
    let version = 0;
    const file = path.join(results.directory, 'x');
    const document = new Document(
      file,
      () => `version ${++version}\n`,
      (message) => expect.fail(message),
    );
    for (let i = 0; i < 1000; i++) document.touch();
    expect(readFileSync(file, 'utf8')).toBe('version 1\n');
    document.flush();
    expect(readFileSync(file, 'utf8')).toBe('version 2\n');
  });
});

describe('commands to paste', () => {
  test('come back from a shell as they were', async () => {
    const { execFileSync } = await import('node:child_process');
    const word = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '').toWellFormed());
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), word, (argv, value) => {
        const show =
          'process.stdout.write(JSON.stringify([process.cwd(), process.env.V, process.argv.slice(1)]))';
        const line = shellCommand({
          cwd: '/',
          env: { V: value },
          argv: [process.execPath, '-e', show, '--', ...argv],
        });
        expect(JSON.parse(execFileSync('sh', ['-c', line], { encoding: 'utf8' }))).toEqual([
          '/',
          value,
          argv,
        ]);
      }),
      { numRuns: 15 },
    );
  });

  test.each([
    [['testbed', 'run'], "testbed run --only 'id:A[B,x]#2'"],
    [
      ['testbed', 'run', '-c', "a'b.yaml", '--jobs', '2'],
      "testbed run -c 'a'\\''b.yaml' --only 'id:A[B,x]#2'",
    ],
    [['testbed', 'run', '-clab.yaml', '--only', 'smoke'], "testbed run -clab.yaml --only 'id:A[B,x]#2'"],
    [
      ['testbed', 'run', '--port=a0', '--board', 'RPI_PICO2', '-v'],
      "testbed run --port=a0 --board RPI_PICO2 --only 'id:A[B,x]#2'",
    ],
    [
      ['testbed', 'run', '--only', "a:-k 'x y'", '--only=A*:--via-mpy', '--only', 'b:-q', '--only', 'id:C'],
      "testbed run --only 'a:-k '\\''x y'\\''' '--only=A*:--via-mpy' --only 'id:A[B,x]#2'",
    ],
    [
      ['testbed', 'run', '--only', 'board:B', '--only=tag:k=v', '--skip', 'tentacle:v1', '--test', 'x/*'],
      "testbed run --only=tag:k=v --skip tentacle:v1 --test 'x/*' --only 'id:A[B,x]#2'",
    ],
  ])('%j is run again for one order, in the same way by the same bench', (command, again) => {
    const facts = { command, virtual: () => expect.fail('asked for nothing') };
    expect(recipesFor({ order: 'A[B,x]#2', spec: 'a', label: 'AA', bindings: [] }, facts)).toEqual({ again });
  });

  test('what ran on virtual boards comes with the command that serves them', () => {
    const run = {
      order: 'A[B,x]',
      spec: 'a',
      label: 'AA',
      bindings: ['v0', '2731', 'v 1'].map((tentacle) => ({ role: 'x', tentacle, boardVariant: 'B' })),
      reproduce: { cwd: '/', env: {}, argv: ['true'] },
    };
    const command = ['testbed', 'run', '-c', 'my lab.yaml', '--only', 'a', '--results', 'r'];
    const { serve, byHand } = recipesFor(run, { command, virtual: () => new Set(['v 1', 'v0', 'v3']) });
    expect(serve).toBe("testbed tentacle serve -c 'my lab.yaml' v0 'v 1'");
    expect(byHand).toBe('cd / && true');
    expect(recipesFor(run, { command, virtual: () => new Set() })).not.toHaveProperty('serve');
  });
});
