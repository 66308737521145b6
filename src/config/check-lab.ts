import { existsSync, statSync } from 'node:fs';
import { devicePath } from '../util/device-path.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { parseSourceSpec } from '../model/source-spec.ts';
import { suggest } from '../util/suggest.ts';
import type { KnownBoard, KnownTentacle } from './bench.ts';
import { absolute, expandEnv } from './env-text.ts';
import { diagnose } from './fault.ts';
import { entriesAt, nodeAt, textAt, type Located, type Spot, type TextNode } from './located.ts';

/** A lab file as its late checks see it. */
export interface LabFacts {
  readonly root: Located;
  readonly boards: ReadonlyMap<string, KnownBoard>;
  readonly tentacles: readonly KnownTentacle[];
  readonly env: NodeJS.ProcessEnv;
  /** Sources that the command line gives another spec; what the file says of them does not matter. */
  readonly replaced: ReadonlySet<string>;
}

/** What the schema can not know: whether the names in a lab file name something, and something once. */
export function checkLab(facts: LabFacts): Diagnostic[] {
  return [
    ...facts.tentacles.flatMap((tentacle) => checkTentacle(tentacle, facts)),
    ...checkUnique(facts.tentacles),
    ...checkReference(facts),
    ...checkSources(facts),
    ...['python', 'state'].flatMap((key) => envFaults(textAt(facts.root, key), facts.env)),
    ...checkSecretsPlace(facts.root),
  ];
}

function checkTentacle(
  { id, keySpot, node, board, disabled, features }: KnownTentacle,
  { boards }: LabFacts,
) {
  const faults: Diagnostic[] = [];
  const name = textAt(node, 'board');
  // An empty one is the schema's to tell.
  if (name !== undefined && name.text.trim() !== '' && board === undefined)
    faults.push(unknownBoard(name, boards));
  if (board === undefined) return faults;
  const usb = nodeAt(node, 'usb');
  const reachable = [textAt(node, 'usb', 'serial'), textAt(node, 'usb', 'location'), textAt(node, 'port')];
  const usbIsWrong = usb !== undefined && usb.kind !== 'map';
  if (!board.virtual && !disabled && !usbIsWrong && reachable.every((way) => way === undefined))
    faults.push(
      diagnose(keySpot, node.via, {
        message: `nothing says where tentacle ${id} is plugged in`,
        expected: 'usb: { serial: … }, usb: { location: … }, or port: …',
        suggestion: 'or disabled: with the reason, if it is not there',
      }),
    );
  for (const key of ['usb', 'port'])
    for (const entry of entriesAt(node).filter((candidate) => board.virtual && candidate.key === key))
      faults.push(
        diagnose(entry.keySpot, node.via, {
          severity: 'warning',
          message: `"${key}" means nothing for tentacle ${id}, because ${board.name} is virtual`,
        }),
      );
  for (const entry of entriesAt(node).filter(({ key }) => !board.virtual && key === 'faults'))
    faults.push(
      diagnose(entry.keySpot, node.via, {
        message: `only a virtual tentacle misbehaves on demand; ${id} is a real ${board.name}`,
      }),
    );
  for (const relay of entriesAt(node, 'relays').filter(({ key }) => !features.includes(key))) {
    const near = suggest(relay.key, features);
    faults.push(
      diagnose(relay.keySpot, node.via, {
        severity: 'warning',
        message: `tentacle ${id} has no feature "${relay.key}", so these relays are never closed`,
        expected: `one of ${features.join(', ')}`,
        ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
      }),
    );
  }
  return faults;
}

function unknownBoard({ text, spot, via }: TextNode, boards: ReadonlyMap<string, KnownBoard>): Diagnostic {
  const [name = ''] = text.split('-');
  if (boards.has(name))
    return diagnose(spot, via, {
      message: `there is no board "${text}", only variants of ${name}`,
      suggestion: `write ${name}: each of its variants is flashed in turn`,
    });
  const near = suggest(text, boards.keys());
  return diagnose(spot, via, {
    message: `there is no board "${text}"`,
    ...(near === undefined
      ? { expected: 'a board of "testbed list boards", or one that boards: of this file describes' }
      : { suggestion: `did you mean "${near}"?` }),
  });
}

/** Two tentacles on one plug: each of them would take the other's board. */
function checkUnique(tentacles: readonly KnownTentacle[]): Diagnostic[] {
  const ways = [
    { path: ['usb', 'serial'], called: 'usb serial' },
    { path: ['usb', 'location'], called: 'usb location' },
    { path: ['port'], called: 'port' },
  ];
  const faults: Diagnostic[] = [];
  for (const { path, called } of ways) {
    const taken = new Map<string, { readonly id: string; readonly spot: Spot }>();
    for (const { id, node } of tentacles) {
      const text = textAt(node, ...path);
      if (text === undefined) continue;
      const key = devicePath(text.text).toLowerCase();
      const first = taken.get(key);
      if (first === undefined) {
        taken.set(key, { id, spot: text.spot });
        continue;
      }
      // Written once and used twice: the alias is what is wrong.
      const again = text.spot.range.offset === first.spot.range.offset ? text.via : undefined;
      faults.push(
        diagnose(again ?? text.spot, again === undefined ? text.via : undefined, {
          message: `tentacle ${id} has the ${called} of tentacle ${first.id}`,
          also: [{ message: `tentacle ${first.id}`, ...first.spot }],
        }),
      );
    }
  }
  return faults;
}

function checkReference({ root, boards }: LabFacts): Diagnostic[] {
  const reference = textAt(root, 'reference');
  return reference === undefined || reference.text.trim() === '' || boards.has(reference.text)
    ? []
    : [unknownBoard(reference, boards)];
}

function checkSources({ root, env, replaced }: LabFacts): Diagnostic[] {
  const faults: Diagnostic[] = [];
  const sources = entriesAt(root, 'sources');
  for (const { key, value } of sources) {
    if (value.kind !== 'scalar' || replaced.has(key)) continue;
    faults.push(...sourceFaults(value, env));
  }
  const firmware = textAt(root, 'firmware');
  const names = [...sources.map(({ key }) => key), ...replaced];
  if (firmware !== undefined && !names.includes(firmware.text)) {
    const near = suggest(firmware.text, names);
    faults.push(
      diagnose(firmware.spot, firmware.via, {
        message: `firmware is to be built from the source "${firmware.text}", but sources: has none of that name`,
        ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
      }),
    );
  }
  return faults;
}

function sourceFaults(value: TextNode, env: NodeJS.ProcessEnv): Diagnostic[] {
  const unset = envFaults(value, env);
  if (unset.length > 0 || value.text.trim() === '') return unset;
  const text = expandEnv(value.text, env);
  const parsed = parseSourceSpec(text);
  if (!parsed.ok)
    return [
      diagnose(value.spot, value.via, {
        message: 'this is no source',
        expected: parsed.message,
        found: JSON.stringify(text),
        ...(existsSync(absolute(text, value)) ? { suggestion: `did you mean "./${text}"?` } : {}),
      }),
    ];
  if (parsed.spec.kind !== 'directory') return [];
  const directory = absolute(parsed.spec.path, value);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return [];
  return [diagnose(value.spot, value.via, { message: `there is no directory ${directory}` })];
}

/** `${env.NAME}` is the only template in a lab file; an unset one leaves nothing to work with. */
export function envFaults(text: TextNode | undefined, env: NodeJS.ProcessEnv): Diagnostic[] {
  if (text === undefined) return [];
  return [...text.text.matchAll(/\$\{([^{}]*)\}/g)].flatMap(([written, name = '']) => {
    const variable = /^env\.(\w+)$/.exec(name)?.[1];
    if (variable !== undefined && env[variable] !== undefined) return [];
    const message =
      variable === undefined
        ? `a lab file takes no \${${name}} here; only \${env.NAME}`
        : `the environment variable ${variable} is not set`;
    return [diagnose(text.spot, text.via, { message, found: written })];
  });
}

/** The overlay's values are masked and stay out of git; in the lab file they would be neither. */
function checkSecretsPlace(root: Located): Diagnostic[] {
  return entriesAt(root)
    .filter(({ key, keySpot }) => key === 'secrets' && !keySpot.source.file.endsWith('/testbed.local.yaml'))
    .map(({ keySpot }) =>
      diagnose(keySpot, undefined, {
        message: 'secrets do not belong in a lab file, which others read',
        suggestion: 'move them to testbed.local.yaml beside it, or set them in the environment',
      }),
    );
}
