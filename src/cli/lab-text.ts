import { CATALOGUE_BOARDS } from '../config/boards.generated.ts';
import { portId } from '../config/lab-of-one.ts';
import type { BoardName } from '../model/ids.ts';
import { oneLine, wrap } from '../render/text.ts';
import type { ConnectedBoard } from '../tentacle/recognise.ts';

/** What a new lab file says. */
export interface NewLab {
  readonly name: string;
  /** Where its editor finds the schema. */
  readonly schema: string;
  readonly boards: readonly ConnectedBoard[];
}

/** Of a comment's text: the file fits a terminal of 80. */
const COLUMNS = 76;

/** The text of a lab file that passes `testbed check`, with comments that teach the rest of it. */
export function labText({ name, schema, boards }: NewLab): string {
  const known = boards.filter((each) => nameOf(each) !== undefined);
  const blocks = [
    head(name, schema),
    planBlock(known.length),
    TESTS_OF_MICROPYTHON,
    tentacleBlock(boards, known.length === 0),
    ...boardsBlock(known),
    MORE,
  ];
  return blocks.join('\n');
}

/** How many tentacles the lab has: those of boards that are known, else virtual ones. */
export function tentaclesOf(boards: readonly ConnectedBoard[]): {
  readonly count: number;
  readonly virtual: boolean;
} {
  const known = boards.filter((each) => nameOf(each) !== undefined).length;
  return known === 0 ? { count: 2, virtual: true } : { count: known, virtual: false };
}

/** The board that it is, if that is known. */
function nameOf({ candidates, own }: ConnectedBoard): BoardName | undefined {
  return own?.name ?? (candidates.length === 1 ? candidates[0] : undefined);
}

function head(name: string, schema: string): string {
  return `# yaml-language-server: $schema=${schema}
#
# The lab file of this bench, begun by "testbed init". It is yours now: edit it.
#
#     testbed check             is all of it right?
#     testbed list tentacles    who is connected, and who holds it
#     testbed plan              what would run where, and what could not
#     testbed run               run it
#
# What is only true on your computer (paths, secrets) goes into
# testbed.local.yaml beside it, which is laid over it. An editor with a YAML
# language server explains each key; so does testbed's docs/reference/lab-file.md.
lab: ${name}
`;
}

function planBlock(tentacles: number): string {
  const plans = `# What is tested. "testbed list plans" names those that testbed brings; the path
# of a file, or an npm package, is a plan, too.
plans: [smoke]
`;
  if (tentacles !== 1) return plans;
  return `${plans}
# One board has no partner, so the tests for two are left out. Take these lines
# away when there are two.
specs:
  smoke-pair:
`;
}

const TESTS_OF_MICROPYTHON = `# MicroPython's own tests: add micropython to plans:, and say where they are.
# Behind a URL may stand @branch, @tag, or ~PR for a pull request.
# sources:
#   micropython: https://github.com/micropython/micropython.git@master
`;

const MORE = `# What is known to fail here, with the reason.
# expect:
#   - test: smoke/text.py
#     boards: [ESP8266_GENERIC]
#     reason: built without unicode
#     until: 2027-03-31
`;

function tentacleBlock(boards: readonly ConnectedBoard[], virtual: boolean): string {
  const ids = idsOf(boards);
  const entries = boards.map((each) => tentacle(each, ids.get(each) ?? '', boards));
  const lines = [
    '# The boards on the bench. The key is the id on the label: what you like.',
    'tentacles:',
    ...(virtual
      ? [
          ...comment(
            boards.length === 0
              ? 'Virtual boards: real MicroPython behind real serial ports. When a board is connected, "testbed init --force" writes this file anew.'
              : 'Virtual boards, real MicroPython behind real serial ports, until it is known what is connected.',
          ),
          '  v0: { board: VIRTUAL }',
          '  v1: { board: VIRTUAL }',
        ]
      : []),
    ...entries.flatMap((entry, index) => (index === 0 && !virtual ? entry : ['', ...entry])),
  ];
  return `${lines.join('\n')}\n`;
}

/** One that is known is an entry; of the others there is one to be completed, as a comment. */
function tentacle(connected: ConnectedBoard, id: string, all: readonly ConnectedBoard[]): string[] {
  const name = nameOf(connected);
  const found = [
    `  ${id}:`,
    `    board: ${name ?? connected.candidates[0] ?? 'BOARD'}`,
    `    ${whereText(connected, all)}`,
  ];
  if (name === undefined)
    return [
      ...comment(`${seenText(connected)}. ${doubt(connected)}`),
      ...found.map((line) => `  # ${line.slice(2)}`),
    ];
  const how = connected.identification === undefined ? ', by its USB id; --ask makes sure' : '';
  return [
    ...comment(`${seenText(connected)}${how}`),
    ...found,
    '    # features: [extmod_hardware]    # what it has besides: a wire from rx to tx',
    '    # tags: { tier: 1 }              # to choose by: --only tag:tier=1',
  ];
}

function seenText({ port, identification }: ConnectedBoard): string {
  const { path, usb } = port;
  const place = usb === undefined ? '' : ` (usb ${usb.vidPid} at ${usb.location})`;
  const { machine = '', platform, version } = identification ?? {};
  const says =
    identification === undefined
      ? usb?.product === undefined
        ? ''
        : `: "${usb.product}"`
      : `: ${machine === '' ? platform : machine}, MicroPython ${version}`;
  return oneLine(`${path}${place}${says}`);
}

/** What is not known, and how to get to know it. */
function doubt({ port, candidates, identification, silent }: ConnectedBoard): string {
  const which =
    candidates.length > 0
      ? `That may be ${candidates.slice(0, -1).join(', ')} or ${candidates.at(-1)}.`
      : port.usb === undefined
        ? 'It is not on USB, so nothing tells which board it is.'
        : 'The catalogue has no board with that USB id.';
  const choose = 'say which one, and take away the "#".';
  if (silent !== undefined)
    return oneLine(`${which} It was asked and does not say: ${silent}. If it is a board, ${choose}`);
  if (identification !== undefined) return `${which} Its firmware does not say; ${choose}`;
  return `${which} "testbed init --ask --force" asks it; or ${choose}`;
}

function whereText({ port: { path, usb } }: ConnectedBoard, all: readonly ConnectedBoard[]): string {
  if (usb === undefined) return `port: ${scalar(path)}`;
  if (hasOwnSerial(usb.serial, all)) return `usb: { serial: ${scalar(usb.serial)} }`;
  return `usb: { location: ${usb.location} }    # it has no serial of its own`;
}

/** Bridge chips have one serial for all of their kind, such as `0001`. */
function hasOwnSerial(serial: string | undefined, all: readonly ConnectedBoard[]): serial is string {
  return (
    serial !== undefined &&
    serial.length >= 6 &&
    all.filter(({ port }) => port.usb?.serial === serial).length === 1
  );
}

/** By convention the last four of the serial; where these are taken, all of it; where it has none of its own, its place. */
function idsOf(boards: readonly ConnectedBoard[]): Map<ConnectedBoard, string> {
  const taken = new Set(['v0', 'v1']);
  return new Map(
    boards.map((each) => {
      const { path, usb } = each.port;
      const serial = hasOwnSerial(usb?.serial, boards) ? usb?.serial : undefined;
      const wanted = [...(serial === undefined ? [] : [serial.slice(-4), serial]), usb?.location ?? path].map(
        portId,
      );
      const id = wanted.find((candidate) => !taken.has(candidate)) ?? `board${taken.size}`;
      taken.add(id);
      return [each, id];
    }),
  );
}

/** Entries for boards that the catalogue does not have, or has otherwise than they are here. */
function boardsBlock(known: readonly ConnectedBoard[]): string[] {
  const entries = new Map<BoardName, string[]>();
  for (const { own, candidates, variant } of known) {
    const name = own?.name ?? candidates[0] ?? '';
    const written = CATALOGUE_BOARDS[name];
    if (own !== undefined)
      entries.set(name, [
        ...comment(
          'The catalogue does not have it. What else it has is yours to say, such as features: [mcu, wlan, ble].',
        ),
        `  ${name}: { port: ${own.port}, mcu: ${own.mcu} }`,
      ]);
    else if (
      written?.driver === 'virtual' ||
      (variant !== undefined && (written?.variants?.length ?? 1) > 1)
    ) {
      const { driver: _driver, variants: _variants, ...rest } = written ?? {};
      const carried = known.filter((each) => each.candidates[0] === name).map((each) => each.variant ?? '');
      const here = {
        ...rest,
        ...(carried.every((each) => each === '') ? {} : { variants: [...new Set(carried)] }),
      };
      entries.set(name, [
        ...comment(
          'As in the catalogue, but only with the firmware that is on it, because testbed can not flash it yet.',
        ),
        `  ${name}: ${flow(here)}`,
      ]);
    }
  }
  return entries.size === 0 ? [] : [`boards:\n${[...entries.values()].flat().join('\n')}\n`];
}

function comment(text: string): string[] {
  return wrap(text, COLUMNS).map((line) => `  # ${line}`);
}

/** Plain where that is beyond doubt; a quoted one of YAML's is JSON's. */
function scalar(text: string): string {
  return /^[A-Za-z0-9_/.][A-Za-z0-9_/.:-]*$/.test(text) && !text.endsWith(':') ? text : JSON.stringify(text);
}

/** A value as YAML on one line. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, each]) => `${key}: ${flow(each)}`)
      .join(', ')} }`;
  return typeof value === 'string' ? scalar(value) : JSON.stringify(value);
}
