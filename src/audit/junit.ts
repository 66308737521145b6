import type { TestResult } from '../model/verdict.ts';
import { badResults, cut, isDuration, type Collected } from './collected.ts';
import { withUniquePaths } from './paths.ts';

/** An element as the parser gives it: children by name, attributes by `@` and name. */
type Element = Readonly<Record<string, unknown>>;

/** Elements that may be there several times, and are a list even where there is one. */
const LISTS = new Set(['testsuites', 'testsuite', 'testcase', 'failure', 'error', 'skipped']);

/**
 * Reads one or several JUnit documents, with suites in suites. One that is malformed, is something else, or names fewer
 * tests than its suites claim, is an error: what is cut off must not look like a pass.
 */
export async function parseJunit(...texts: readonly string[]): Promise<Collected> {
  if (texts.length === 0) return badResults('The test process left no JUnit file.');
  const { XMLParser, XMLValidator } = await import('fast-xml-parser');
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseAttributeValue: false,
    parseTagValue: false,
    isArray: (name) => LISTS.has(name),
  });
  const tests: TestResult[] = [];
  for (const text of texts) {
    const valid = XMLValidator.validate(text);
    if (valid !== true)
      return badResults(
        `The JUnit file is not XML: line ${valid.err.line}: ${valid.err.msg}`,
        cut(text.slice(0, 300), 100),
      );
    let document: Element;
    try {
      document = parser.parse(text) as Element;
    } catch (error) {
      return badResults(
        `The JUnit file can not be read: ${(error as Error).message}`,
        cut(text.slice(0, 300), 100),
      );
    }
    const roots = [...childrenOf(document, 'testsuites'), ...childrenOf(document, 'testsuite')];
    if (roots.length === 0)
      return badResults('The JUnit file has no <testsuite>.', cut(text.slice(0, 300), 100));
    for (const suite of roots) {
      const fault = readSuite(suite, tests);
      if (fault !== undefined) return { ...badResults(fault), tests: withUniquePaths(tests) };
    }
  }
  return { tests: withUniquePaths(tests) };
}

/** Adds the tests of a suite, or of the suite of suites; tells when it claims more than it holds. */
function readSuite(suite: Element, tests: TestResult[]): string | undefined {
  const before = tests.length;
  for (const testcase of childrenOf(suite, 'testcase')) tests.push(readCase(testcase));
  for (const inner of childrenOf(suite, 'testsuite')) {
    const fault = readSuite(inner, tests);
    if (fault !== undefined) return fault;
  }
  const claimed = Number(textOf(suite['@tests']) ?? 0);
  const found = tests.length - before;
  const errors = Number(textOf(suite['@errors']) ?? 0) + Number(textOf(suite['@failures']) ?? 0);
  const name = textOf(suite['@name']) ?? '';
  if (claimed > found)
    return `The JUnit suite "${name}" claims ${claimed} tests, but names ${found}: it is not complete.`;
  if (errors > 0 && tests.slice(before).every((test) => test.verdict !== 'fail' && test.verdict !== 'error'))
    return `The JUnit suite "${name}" claims ${errors} failures, but names none.`;
  return undefined;
}

function readCase(testcase: Element): TestResult {
  const name = textOf(testcase['@name']) ?? '(no name)';
  const group = textOf(testcase['@classname']) ?? textOf(testcase['@file']);
  const path = group === undefined || group === '' ? name : `${group}::${name}`;
  const durationMs = Math.round(Number(textOf(testcase['@time']) ?? Number.NaN) * 1000);
  const duration = isDuration(durationMs) ? { durationMs } : {};
  for (const [tag, verdict] of [
    ['error', 'error'],
    ['failure', 'fail'],
  ] as const) {
    const [first] = childrenOf(testcase, tag);
    if (first !== undefined) return { path, verdict, expected: false, ...problemOf(first), ...duration };
  }
  const [skipped] = childrenOf(testcase, 'skipped');
  if (skipped !== undefined)
    return {
      path,
      verdict: 'skip',
      expected: true,
      reason: problemOf(skipped).reason ?? 'skipped without a reason',
      ...duration,
    };
  const status = textOf(testcase['@status'])?.toLowerCase() ?? '';
  // GoogleTest names its disabled tests so, and nothing else tells them from those that passed.
  if (NEVER_RAN.has(status))
    return { path, verdict: 'skip', expected: true, reason: `its status is "${status}"`, ...duration };
  return { path, verdict: 'pass', expected: true, ...duration };
}

const NEVER_RAN: ReadonlySet<string> = new Set(['notrun', 'disabled', 'skipped']);

function problemOf(element: Element): Pick<TestResult, 'reason' | 'exceptionClass'> {
  const message = textOf(element['@message']) ?? '';
  const body = textOf(element['#text']) ?? '';
  const reason = message !== '' ? message : body;
  const type = textOf(element['@type']) ?? '';
  return {
    ...(reason === '' ? {} : { reason: cut(reason, 200) }),
    ...(/(Error|Exception)$/.test(type) ? { exceptionClass: type.slice(type.lastIndexOf('.') + 1) } : {}),
  };
}

/** Children with a name; an element without attributes is just its text. */
function childrenOf(element: unknown, name: string): Element[] {
  if (typeof element !== 'object' || element === null) return [];
  const found = (element as Element)[name];
  return Array.isArray(found)
    ? (found as unknown[]).map((child) =>
        typeof child === 'object' && child !== null ? (child as Element) : { '#text': child },
      )
    : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
