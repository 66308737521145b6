import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { Phase, TestbedEvent } from '../../src/event/event.ts';
import type { Cause } from '../../src/model/verdict.ts';
import { eventfulSession } from '../render/support/session.ts';

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];
type Keys = {
  readonly [E in TestbedEvent as E['type']]: {
    readonly [K in keyof E]-?: K extends 'seq' | 'at'
      ? 'required'
      : K extends OptionalKeys<E>
        ? 'optional'
        : 'required';
  };
};

/** In a log `seq` and `at` are always there; all other envelope keys are optional unless said otherwise. */
const envelope = {
  type: 'required',
  seq: 'required',
  at: 'required',
  session: 'optional',
  order: 'optional',
  run: 'optional',
  attempt: 'optional',
  tentacle: 'optional',
  stage: 'optional',
} as const;
const attempt = { ...envelope, order: 'required', run: 'required', attempt: 'required' } as const;
const inRun = { ...envelope, run: 'required' } as const;
const onTentacle = { ...envelope, tentacle: 'required' } as const;
const onStage = { ...envelope, stage: 'required' } as const;
const unserved = {
  ...envelope,
  order: 'required',
  spec: 'required',
  cause: 'required',
  reason: 'required',
} as const;

/** The compiler holds this table to the union, and the tests below hold the schema to this table. */
const union = {
  'session-started': {
    ...envelope,
    session: 'required',
    format: 'required',
    testbed: 'required',
    node: 'required',
    lab: 'required',
    process: 'required',
    command: 'required',
    plan: 'required',
  },
  'session-paused': envelope,
  'session-unpaused': envelope,
  'session-resumed': {
    ...envelope,
    session: 'required',
    testbed: 'required',
    node: 'required',
    process: 'required',
    command: 'required',
  },
  'session-finished': {
    ...envelope,
    ending: 'required',
    exit: 'required',
    counters: 'required',
    durationMs: 'required',
  },
  'tentacle-leased': onTentacle,
  'tentacle-released': onTentacle,
  'tentacle-held': { ...onTentacle, holder: 'required', waits: 'optional' },
  'tentacle-kept': { ...onTentacle, after: 'required', port: 'optional' },
  'tentacle-let-go': onTentacle,
  'tentacle-lost': { ...onTentacle, evidence: 'required' },
  'tentacle-identified': { ...onTentacle, version: 'required', machine: 'required', uniqueId: 'optional' },
  'firmware-flashed': {
    ...onTentacle,
    boardVariant: 'required',
    firmware: 'required',
    version: 'required',
    durationMs: 'required',
  },
  'stage-started': onStage,
  'stage-ready': { ...onStage, values: 'optional', kept: 'optional', durationMs: 'required' },
  'stage-respawned': { ...onStage, start: 'required' },
  'stage-changed': { ...onStage, path: 'required' },
  'stage-stopped': { ...onStage, why: 'required', reason: 'required', evidence: 'optional' },
  'order-unschedulable': { ...unserved, evidence: 'optional' },
  'order-not-run': unserved,
  'run-started': { ...attempt, spec: 'required', bindings: 'optional', again: 'optional' },
  'phase-started': { ...inRun, phase: 'required' },
  'phase-finished': { ...inRun, phase: 'required', ending: 'required', durationMs: 'required' },
  'test-finished': {
    ...inRun,
    path: 'required',
    verdict: 'required',
    expected: 'required',
    durationMs: 'optional',
    reason: 'optional',
    exceptionClass: 'optional',
    boardVariant: 'optional',
    firmware: 'optional',
    commit: 'optional',
    dirty: 'optional',
  },
  measurement: { ...inRun, name: 'required', value: 'required', unit: 'required' },
  'run-auditing': inRun,
  'run-finished': {
    ...attempt,
    verdict: 'required',
    expected: 'required',
    cause: 'optional',
    blame: 'optional',
    reason: 'optional',
    evidence: 'optional',
    willRetry: 'required',
    again: 'optional',
    tests: 'optional',
    durationMs: 'required',
    times: 'optional',
    reproduce: 'optional',
  },
  'run-retried': attempt,
  'bail-out': { ...inRun, reason: 'required' },
  warning: { ...envelope, message: 'required' },
} as const satisfies Keys;

const causes = {
  timeout: 1,
  silence: 1,
  signal: 1,
  'exit-code': 1,
  'tests-failed': 1,
  'no-tests': 1,
  'bad-results': 1,
  'error-event': 1,
  'spawn-failed': 1,
  shortage: 1,
  'lost-tentacle': 1,
  'wrong-board': 1,
  'wrong-firmware': 1,
  'flash-failed': 1,
  'no-repl': 1,
  'build-failed': 1,
  precondition: 1,
  'worker-died': 1,
  'stage-died': 1,
  'stage-failed': 1,
  interrupted: 1,
  bail: 1,
  'fail-fast': 1,
  disk: 1,
  'no-tentacle': 1,
  'no-partner': 1,
  'no-resource': 1,
  internal: 1,
} as const satisfies Record<Cause, 1>;
const phases = { power: 1, flash: 1, verify: 1, setup: 1, test: 1, teardown: 1 } as const satisfies Record<
  Phase,
  1
>;

interface Definition {
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Definition & { readonly const?: string }>>;
  readonly required?: readonly string[];
}

const file = path.resolve(import.meta.dirname, '../../schema/event.schema.json');
const schema = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly oneOf: readonly { readonly $ref: string }[];
  readonly definitions: Readonly<Record<string, Definition>>;
};
const variants = new Map(
  schema.oneOf.map(({ $ref }) => {
    const definition = schema.definitions[$ref.replace('#/definitions/', '')];
    return [definition?.properties?.['type']?.const, definition] as const;
  }),
);
const validate = new Ajv({ strict: true, allErrors: true }).compile(schema);

describe('schema/event.schema.json', () => {
  test('has the types of the union, and no others', () => {
    expect([...variants.keys()].map(String).toSorted()).toEqual(Object.keys(union).toSorted());
  });

  test.each(Object.entries(union))(
    '%s has the fields of its interface, required where they are',
    (type, keys) => {
      const definition = variants.get(type);
      const properties = Object.keys(definition?.properties ?? {});
      const required = definition?.required ?? [];
      const asTable = Object.fromEntries(
        properties.map((name) => [name, required.includes(name) ? 'required' : 'optional']),
      );
      expect(asTable).toEqual(keys);
    },
  );

  test('has the causes and phases of their unions', () => {
    expect(schema.definitions['cause']?.enum?.toSorted()).toEqual(Object.keys(causes).toSorted());
    expect(schema.definitions['phase']?.enum).toEqual(Object.keys(phases));
  });

  test('says a sentence about every type and field', () => {
    const silent: string[] = [];
    const look = (definition: Definition, where: string): void => {
      if (!/^[A-Za-z].*\.$/.test(definition.description ?? '')) silent.push(where);
      for (const [name, property] of Object.entries(definition.properties ?? {}))
        look(property, `${where}.${name}`);
    };
    for (const [name, definition] of Object.entries(schema.definitions)) look(definition, name);
    expect(silent).toEqual([]);
  });

  test('accepts a recorded session', () => {
    for (const line of eventfulSession().lines) {
      expect(validate(JSON.parse(line)), `${line}\n${JSON.stringify(validate.errors)}`).toBe(true);
    }
  });

  test('refuses an unknown field, a missing one, and a wrong value', () => {
    const good = { type: 'run-auditing', seq: 0, at: 1, run: 'X' };
    expect(validate(good)).toBe(true);
    expect(validate({ ...good, extra: 1 })).toBe(false);
    expect(validate({ type: 'run-auditing', seq: 0, at: 1 })).toBe(false);
    expect(validate({ ...good, seq: -1 })).toBe(false);
  });
});
