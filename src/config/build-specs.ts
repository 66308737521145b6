import path from 'node:path';
import { placeOf } from '../diagnostic/format.ts';
import type { Expectation, Role, TestRunSpec } from '../model/plan.ts';
import { durationOf } from './duration.ts';
import { itemsAt, textAt, type Located, type TextNode } from './located.ts';
import type { OpenPlan } from './plan-files.ts';
import type { Expectation as WrittenExpectation, Spec } from './plan.generated.ts';

const GRACE_MS = 5000;

/** The specs of a plan without a fault, with everything that was left out filled in. */
export function buildSpecs({ value, root, file }: OpenPlan): TestRunSpec[] {
  return Object.entries(value.specs ?? {}).map(([name, spec]) => {
    const cwd = textAt(root, 'specs', name, 'cwd');
    return buildSpec(name, spec, { file, cwd: cwd === undefined ? path.dirname(file) : directoryOf(cwd) });
  });
}

function buildSpec(
  name: string,
  spec: Spec,
  { file, cwd }: { readonly file: string; readonly cwd: string },
): TestRunSpec {
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
    ...(spec.stage === undefined ? {} : { stage: spec.stage }),
    retries: spec.retries ?? 1,
    retryFails: spec['retry-fails'] ?? 0,
    bailCodes: spec['bail-codes'] ?? [],
    isolated: spec.isolated ?? false,
    uses: usesOf(spec.uses),
    env: { ...spec.env },
    cwd,
    ...(spec.files === undefined ? {} : { files: spec.files }),
    ...(spec.list === undefined ? {} : { list: spec.list }),
    ...(spec.command === undefined ? {} : { command: spec.command }),
    ...(spec.teardown === undefined ? {} : { teardown: spec.teardown }),
    results: spec.results,
    allowEmpty: spec['allow-empty'] ?? false,
    file,
  };
}

function usesOf(written: Spec['uses']): TestRunSpec['uses'] {
  const uses: Record<string, 'exclusive' | 'shared' | number> = {};
  for (const [name, how] of Object.entries(written ?? {}))
    uses[name] = how === 'exclusive' || how === 'shared' ? how : Number(how);
  return uses;
}

/** Relative to the file that it stands in, which may be one that overrides; what begins with a template becomes absolute later. */
export function directoryOf(cwd: TextNode): string {
  return cwd.text.startsWith('${') ? cwd.text : path.resolve(path.dirname(cwd.spot.source.file), cwd.text);
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
