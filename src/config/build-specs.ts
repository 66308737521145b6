import path from 'node:path';
import { placeOf } from '../diagnostic/format.ts';
import type { Expectation, Role, TestRunSpec } from '../model/plan.ts';
import { durationOf } from './duration.ts';
import { itemsAt } from './located.ts';
import type { Located } from './located.ts';
import type { OpenPlan } from './plan-files.ts';
import type { Expectation as WrittenExpectation, Spec } from './plan.generated.ts';

const GRACE_MS = 5000;

/** The specs of a plan without a fault, with everything that was left out filled in. */
export function buildSpecs({ value, file }: OpenPlan): TestRunSpec[] {
  return Object.entries(value.specs ?? {}).map(([name, spec]) => buildSpec(name, spec, file));
}

function buildSpec(name: string, spec: Spec, file: string): TestRunSpec {
  const roles = Object.entries(spec.roles ?? {}).map(([role, { feature }]): Role => ({
    name: role,
    feature,
  }));
  const timeoutMs = durationOf(spec.timeout);
  return {
    name,
    label: spec.label,
    help: spec.help,
    roles,
    cover: spec.cover ?? 'each-variant',
    priority: spec.priority ?? 0,
    timeoutMs,
    ...(spec.silence === undefined ? {} : { silenceMs: durationOf(spec.silence) }),
    graceMs: spec.grace === undefined ? GRACE_MS : durationOf(spec.grace),
    estimateMs: spec.estimate === undefined ? Math.ceil(timeoutMs / 10) : durationOf(spec.estimate),
    needs: spec.needs ?? [],
    retries: spec.retries ?? 1,
    uses: { ...spec.uses },
    env: { ...spec.env },
    cwd: workingDirectory(spec.cwd, path.dirname(file)),
    ...(spec.files === undefined ? {} : { files: spec.files }),
    ...(spec.list === undefined ? {} : { list: spec.list }),
    ...(spec.command === undefined ? {} : { command: spec.command }),
    results: spec.results,
    allowEmpty: spec['allow-empty'] ?? false,
    file,
  };
}

/** Relative to the plan file's directory; what begins with a template is absolute once that is replaced. */
function workingDirectory(cwd: string | undefined, directory: string): string {
  if (cwd === undefined) return directory;
  if (cwd.startsWith('${')) return cwd;
  return path.isAbsolute(cwd) ? cwd : path.join(directory, cwd);
}

/** `expect:` of a lab file or plan; `at` is relative to the lab's directory where the file lies in it. */
export function buildExpectations(
  written: readonly WrittenExpectation[] | undefined,
  root: Located,
  directory: string,
): Expectation[] {
  const items = itemsAt(root, 'expect');
  return (written ?? []).map((entry, index) => {
    const spot = items[index]?.spot;
    const place = spot === undefined ? '' : placeOf(spot.source, spot.range, { cwd: directory });
    return {
      test: entry.test,
      boards: entry.boards ?? [],
      specs: entry.specs ?? [],
      verdict: entry.verdict ?? 'fail',
      reason: entry.reason,
      ...(entry.link === undefined ? {} : { link: entry.link }),
      ...(entry.until === undefined ? {} : { until: entry.until }),
      // Without the column: `file:line`.
      at: place.replace(/:\d+$/, ''),
    };
  });
}
