import * as fc from 'fast-check';
import type { Board, Lab, Tentacle } from '../../src/model/lab.ts';
import type { Cover, Role, TestRunSpec } from '../../src/model/plan.ts';

/** A spec of `results: repl` has no command. */
type SpecSketch = Partial<TestRunSpec> & { name: string };

/** What a test says of a lab; everything else is filled in. */
export interface Sketch {
  readonly boards?: Readonly<Record<string, { variants?: readonly string[]; features?: readonly string[] }>>;
  /** `[id, board]`, and what is special about it. */
  readonly tentacles?: readonly (readonly [string, string, Partial<Tentacle>?])[];
  readonly specs?: readonly SpecSketch[];
  readonly reference?: string;
}

const limits = { powerMs: 1000, flashMs: 1000, verifyMs: 1000, setupMs: 1000, teardownMs: 1000 };

/** A spec with one role `dut` that needs `mcu`, unless it says otherwise. */
function spec({ command = ['true'], ...facts }: SpecSketch): TestRunSpec {
  return {
    label: facts.name.toUpperCase(),
    help: '',
    roles: [{ name: 'dut', feature: 'mcu' }],
    cover: 'each-variant',
    priority: 0,
    timeoutMs: 60_000,
    graceMs: 5000,
    estimateMs: 6000,
    needs: [],
    retries: 1,
    retryFails: 0,
    bailCodes: [],
    isolated: false,
    uses: {},
    env: {},
    cwd: '/',
    ...(facts.results === 'repl' ? {} : { command }),
    results: 'exit-code',
    allowEmpty: false,
    file: '/plan.yaml',
    ...facts,
  };
}

/** Roles by name, in order: `roles({a: 'wlan', b: 'wlan'})`. */
export function roles(features: Readonly<Record<string, string>>): Role[] {
  return Object.entries(features).map(([name, feature]) => ({ name, feature }));
}

/** A whole lab from what a test cares about. */
export function lab(sketch: Sketch): Lab {
  const boards = Object.entries(sketch.boards ?? {}).map(
    ([name, { variants = [''], features = ['mcu'] }]): Board => ({
      name,
      port: 'rp2',
      mcu: 'rp2040',
      driver: 'virtual',
      variants,
      features,
      usb: {},
      limits,
      perfbench: [100, 100],
    }),
  );
  const tentacles = (sketch.tentacles ?? []).map(([id, board, more]): Tentacle => {
    const features = boards.find(({ name }) => name === board)?.features ?? [];
    return Object.assign({ id, board, features, relays: {}, tags: {}, faults: [], leaseKey: id }, more);
  });
  return {
    name: 'bench',
    directory: '/',
    python: 'python3',
    sources: [],
    boards,
    tentacles,
    specs: (sketch.specs ?? []).map(spec),
    stages: [],
    expectations: [],
    stateDirectory: '/nowhere',
    ...(sketch.reference === undefined ? {} : { reference: sketch.reference }),
  };
}

const FEATURES = ['mcu', 'wlan', 'ble'];
const COVERS: readonly Cover[] = ['each-variant', 'each-role', 'each-tentacle', 'once'];

/** Labs of a few boards, tentacles and specs, some of which can not be served. */
export function anyLab(most: {
  boards: number;
  tentacles: number;
  specs: number;
  roles?: number;
  priorities?: number;
}): fc.Arbitrary<Lab> {
  const board = fc.record({
    variants: fc.constantFrom([''], ['', 'X'], ['', 'X', 'Y']),
    features: fc.subarray(FEATURES, { minLength: 1 }),
  });
  const anySpec = fc.record({
    roles: fc.array(fc.constantFrom(...FEATURES), { maxLength: most.roles ?? 3 }),
    cover: fc.constantFrom(...COVERS),
    priority: fc.integer({ min: 0, max: most.priorities ?? 1 }),
    estimateMs: fc.integer({ min: 1, max: 9 }).map((n) => n * 1000),
  });
  return fc
    .record({
      boards: fc.array(board, { minLength: 1, maxLength: most.boards, size: 'max' }),
      tentacles: fc.array(fc.record({ board: fc.nat(), disabled: fc.integer({ min: 0, max: 9 }) }), {
        maxLength: most.tentacles,
        size: 'max',
      }),
      specs: fc.array(anySpec, { minLength: 1, maxLength: most.specs, size: 'max' }),
      reference: fc.option(fc.nat(), { nil: undefined }),
    })
    .map(({ boards, tentacles, specs, reference }) =>
      lab({
        boards: Object.fromEntries(boards.map((each, index) => [`B${index}`, each])),
        tentacles: tentacles.map(({ board: index, disabled }, number) => [
          `t${number}`,
          `B${index % boards.length}`,
          disabled === 0 ? { disabled: 'bent connector' } : {},
        ]),
        specs: specs.map(({ roles: features, ...rest }, index) => ({
          name: `s${index}`,
          ...rest,
          roles: features.map((feature, number) => ({ name: `r${number}`, feature })),
        })),
        ...(reference === undefined ? {} : { reference: `B${reference % boards.length}` }),
      }),
    );
}

/** The same lab with everything in another order. */
export function shuffled(original: Lab, by: (n: number) => number): Lab {
  const mix = <T>(list: readonly T[]): T[] =>
    list
      .map((item, index) => ({ item, key: by(index) }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ item }) => item);
  return {
    ...original,
    boards: mix(original.boards),
    tentacles: mix(original.tentacles),
    specs: mix(original.specs),
  };
}
