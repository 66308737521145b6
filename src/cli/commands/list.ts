import path from 'node:path';
import type { Lab } from '../../model/lab.ts';
import type { TestRunSpec } from '../../model/plan.ts';
import { textsOfSpec } from '../../model/spec-texts.ts';
import { stagesOf, textsOfStage } from '../../model/stage-graph.ts';
import type { TableRow } from '../../render/table.ts';
import { count } from '../../render/text.ts';
import { formatDuration } from '../../config/duration.ts';
import { defineCommand, UsageFault, type CommandInput, type Io, type Values } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { openLab } from '../lab.ts';
import { listFilter, type ListFilter } from '../list-filter.ts';
import { formatOption, labOptions, selectionOptions } from '../options.ts';
import { whyMissing } from '../unreachable-tentacles.ts';

const { only, skip } = selectionOptions;
const options = { ...labOptions, only, skip, ...formatOption } as const;

/** What a list tells about one thing, by column; absent where there is nothing to tell. */
type Row = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
type Given = Values<typeof options>;

interface List {
  /** It also works where there is no lab. */
  readonly shipped?: true;
  rows(lab: Lab | undefined, filter: ListFilter): Row[] | Promise<Row[]>;
  /** The columns that are worth their place on a screen; absent: all. */
  readonly text?: readonly string[];
}

const LISTS: Readonly<Record<string, List>> = {
  tentacles: { rows: async (lab, filter) => await tentacles(needed(lab), filter) },
  specs: { rows: (lab, filter) => specs(needed(lab), filter), text: ['spec', 'needs', 'timeout', 'help'] },
  boards: {
    shipped: true,
    rows: boards,
    text: ['board', 'mcu', 'variants', 'features', 'programmer'],
  },
  plans: { shipped: true, rows: plans },
  features: { rows: (lab, filter) => features(needed(lab), filter) },
  sources: { rows: async (lab, filter) => await sources(needed(lab), filter) },
};
const NAMES = Object.keys(LISTS);

/** `testbed list WHAT`: what this lab has, one a line; `--format json` for machines. */
export const command = defineCommand({
  name: 'list',
  positionals: NAMES.join('|'),
  examples: [
    'testbed list tentacles',
    'testbed list tentacles --only multinet',
    'testbed list specs --only board:RPI_PICO2 --format json',
  ],
  options,
  run,
});

async function run({ options: given, positionals, io }: CommandInput<typeof options>): Promise<number> {
  const [what, ...more] = positionals;
  const list = what !== undefined && Object.hasOwn(LISTS, what) ? LISTS[what] : undefined;
  if (list === undefined || more.length > 0) throw await unknownList(what, more);
  const here = list.shipped === true && !(await hasLab(given, io));
  const open = here ? undefined : await openLab(given, io);
  if (!here && open === undefined) return EXIT.usage;
  const filter = await listFilter(open?.lab, given);
  const rows = await rowsOf(list, open?.lab, filter);
  if (given.format === 'json') io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else {
    const { tableText } = await import('../../render/table.ts');
    const shown = rows.map((row) => textRow(row, list.text ?? Object.keys(row)));
    // In a pipe a line is a thing: nothing is broken there.
    io.stdout.write(tableText(shown, io.stdout.isTTY ? io.stdout.columns : undefined));
  }
  if (rows.length === 0 && given.format !== 'json')
    io.stderr.write(
      `testbed: ${filter.selects ? `what is selected has no ${what}` : `this lab has no ${what}`}.\n`,
    );
  return EXIT.ok;
}

/** A state directory that can not be read is nothing that a list of tentacles could do without. */
async function rowsOf(list: List, lab: Lab | undefined, filter: ListFilter): Promise<Row[]> {
  const { LabStateFault } = await import('../../labstate/fault.ts');
  try {
    return await list.rows(lab, filter);
  } catch (error) {
    if (error instanceof LabStateFault) throw new UsageFault(error.message);
    throw error;
  }
}

async function hasLab({ config, port }: Given, { cwd }: Io): Promise<boolean> {
  if (config !== undefined || port !== undefined) return true;
  const { findLabFile } = await import('../../config/find.ts');
  return (await findLabFile(cwd)) !== undefined;
}

function needed(lab: Lab | undefined): Lab {
  if (lab === undefined) throw new Error('Internal error: expected a lab, was none');
  return lab;
}

async function unknownList(what: string | undefined, more: readonly string[]): Promise<UsageFault> {
  if (what === undefined || more.length > 0)
    return new UsageFault(`"testbed list" takes one word: ${NAMES.join(', ')}.`);
  const { suggest } = await import('../../util/suggest.ts');
  const near = suggest(what, NAMES);
  return new UsageFault(
    `there is no list of "${what}", only of ${NAMES.join(', ')}.`,
    near === undefined ? undefined : `Did you mean "testbed list ${near}"?`,
  );
}

/** Who is connected, what is flashed as far as the ledger knows, who holds it. Asks no board anything. */
async function tentacles(lab: Lab, filter: ListFilter): Promise<Row[]> {
  const [{ findPort }, { readLeases }, { loadedFirmware }, { describeHolder }] = await Promise.all([
    import('../../serial/ports.ts'),
    import('../../labstate/lease.ts'),
    import('../../labstate/ledger.ts'),
    import('../../labstate/describe.ts'),
  ]);
  const leases = readLeases(lab.stateDirectory);
  const ledger = loadedFirmware(lab.stateDirectory);
  const virtual = new Set(lab.boards.filter(({ driver }) => driver === 'virtual').map(({ name }) => name));
  return lab.tentacles.filter(filter.tentacle).map((tentacle): Row => {
    const { id, board, features: own, disabled, leaseKey, tags } = tentacle;
    const firmware = ledger.get(leaseKey);
    const held = leases.get(leaseKey);
    const found = virtual.has(board) ? undefined : findPort(tentacle);
    return {
      tentacle: id,
      board,
      connected:
        found === undefined ? 'virtual' : found.ok ? found.path : `no: ${whyMissing(found.fault, id)}`,
      firmware: firmware && `${firmware.boardVariant} ${firmware.version}`,
      held: disabled === undefined ? held && describeHolder(held) : `disabled: ${disabled}`,
      features: own,
      tags: Object.entries(tags).map(([key, value]) => `${key}=${value}`),
    };
  });
}

function specs(lab: Lab, filter: ListFilter): Row[] {
  return lab.specs.filter(filter.spec).map(({ name, label, roles, results, timeoutMs, file, help }) => ({
    spec: name,
    label,
    roles: roles.map((role) => `${role.name}:${role.feature}`),
    needs: roles.length === 0 ? 'host' : roles.map(({ feature }) => feature).join(' + '),
    results,
    timeout: formatDuration(timeoutMs),
    plan: path.basename(file, path.extname(file)),
    help,
  }));
}

async function boards(lab: Lab | undefined, filter: ListFilter): Promise<Row[]> {
  const { catalogue } = await import('../../config/catalogue.ts');
  const all = lab?.boards ?? catalogue();
  return all.filter(filter.board).map(({ name, port, mcu, driver, variants, features: own, programmer }) => ({
    board: name,
    port,
    mcu,
    variants,
    features: own,
    driver,
    programmer,
  }));
}

/** What testbed ships, and what else this lab uses. */
async function plans(lab: Lab | undefined, filter: ListFilter): Promise<Row[]> {
  const { shippedPlan, shippedPlans } = await import('../../config/plan-files.ts');
  const used = new Map<string, number>();
  // One may bring nothing but stages.
  for (const { file } of lab?.stages ?? []) used.set(file, 0);
  for (const { file } of lab?.specs ?? []) used.set(file, (used.get(file) ?? 0) + 1);
  const files = new Set([...shippedPlans().map(shippedPlan), ...used.keys()]);
  const kept = new Set((lab?.specs ?? []).filter(filter.spec).map(({ file }) => file));
  const shown = filter.selects ? [...files].filter((file) => kept.has(file)) : [...files];
  return shown.map((file) => ({
    plan: path.basename(file, path.extname(file)),
    here: lab && (used.has(file) ? count(used.get(file) ?? 0, 'spec') : 'not used'),
    file,
  }));
}

function features(lab: Lab, filter: ListFilter): Row[] {
  const names = new Set([
    ...lab.tentacles.flatMap((tentacle) => tentacle.features),
    ...lab.specs.flatMap(({ roles }) => roles.map(({ feature }) => feature)),
  ]);
  return [...names]
    .filter(filter.feature)
    .toSorted()
    .map((feature) => ({
      feature,
      tentacles: lab.tentacles.filter((one) => one.features.includes(feature)).map(({ id }) => id),
      specs: lab.specs
        .filter(({ roles }) => roles.some((role) => role.feature === feature))
        .map(({ name }) => name),
    }));
}

async function sources(lab: Lab, filter: ListFilter): Promise<Row[]> {
  const { templateNames } = await import('../../model/template.ts');
  const usedBy = (source: string): TestRunSpec[] =>
    lab.specs.filter((spec) =>
      [...textsOfSpec(spec), ...stagesOf(lab.stages, [spec]).flatMap(textsOfStage)].some((text) =>
        templateNames(text).some(({ name }) => name === `source.${source}`),
      ),
    );
  return lab.sources
    .map(({ name, spec }) => ({ source: name, spec, used: usedBy(name) }))
    .filter(({ used }) => !filter.selects || used.some(filter.spec))
    .map(({ source, spec, used }) => ({ source, spec, specs: used.map(({ name }) => name) }));
}

/** The row as a table shows it: lists by commas, nothing where there is nothing to tell. */
function textRow(row: Row, columns: readonly string[]): TableRow {
  return Object.fromEntries(columns.map((column) => [column, cell(row[column])]));
}

function cell(value: Row[string]): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? value.map((one) => (one === '' ? '""' : one)).join(', ') : String(value);
}
