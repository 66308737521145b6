import os from 'node:os';
import path from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { suggest } from '../util/suggest.ts';
import { diagnose } from './fault.ts';
import { spotOf, type Located, type LocatedEntry } from './located.ts';
import { parseYaml } from './parse-yaml.ts';
import { readText } from './read-file.ts';

/** What the colours of a theme are for. */
export const COLOR_NAMES = ['good', 'bad', 'note', 'name', 'pale'] as const;
/** The themes that come with testbed. */
export const THEME_NAMES = ['dark', 'light', 'terminal'] as const;

/** What a person wants on every bench: nothing in it changes what is tested. */
export interface UserConfig {
  readonly theme?: (typeof THEME_NAMES)[number];
  /** `050` or `#00ff00`, over those of the theme. */
  readonly colors?: Readonly<Partial<Record<(typeof COLOR_NAMES)[number], string>>>;
}

export type ReadUser =
  | { readonly ok: true; readonly config: UserConfig }
  | { readonly ok: false; readonly faults: readonly Diagnostic[] };

const COLOR = /^(?:[0-5]{3}|#[0-9a-f]{6})$/i;

/** Where a user's configuration is, absolute. */
export function userConfigFile(env: NodeJS.ProcessEnv): string {
  const given = env['XDG_CONFIG_HOME'];
  // By the rule of XDG, what is not absolute counts as not set.
  const base =
    given !== undefined && path.isAbsolute(given) ? given : path.join(env['HOME'] ?? os.homedir(), '.config');
  return path.join(base, 'testbed', 'config.yaml');
}

/** Reads and checks a user's configuration; one that is not there says nothing. */
export async function readUser(file: string): Promise<ReadUser> {
  const text = readText(file, 'configuration');
  if (!text.ok) return text.missing ? { ok: true, config: {} } : { ok: false, faults: [text.fault] };
  // Nothing but comments is as good as no file.
  if (/^(?:\s*(?:#.*)?\n?)*$/.test(text.source.text)) return { ok: true, config: {} };
  const { root, faults } = await parseYaml(text.source);
  if (root === undefined) return { ok: false, faults };
  const found = [...faults, ...check(root)];
  if (found.length > 0) return { ok: false, faults: found };
  return { ok: true, config: configOf(root) };
}

function check(root: Located): Diagnostic[] {
  const entries = entriesOf(root, 'the file as a whole', 'theme and colors');
  if (!Array.isArray(entries)) return [entries];
  return entries.flatMap((entry) => {
    switch (entry.key) {
      case 'theme':
        return oneOf(entry, THEME_NAMES);
      case 'colors':
        return checkColors(entry);
      default:
        return unknownKey(entry, ['theme', 'colors']);
    }
  });
}

function checkColors({ value }: LocatedEntry): Diagnostic[] {
  const entries = entriesOf(value, '"colors"', COLOR_NAMES.join(', '));
  if (!Array.isArray(entries)) return [entries];
  return entries.flatMap((entry) => {
    if (!COLOR_NAMES.some((name) => name === entry.key)) return unknownKey(entry, COLOR_NAMES);
    const { value: color } = entry;
    if (color.kind === 'scalar' && COLOR.test(color.text)) return [];
    return [
      diagnose(spotOf(color, entry.keySpot), color.via, {
        message: `wrong value for "colors.${entry.key}"`,
        expected: 'three digits 0 to 5 (red, green, blue), such as 050, or "#00ff00"',
      }),
    ];
  });
}

function entriesOf(node: Located, what: string, keys: string): LocatedEntry[] | Diagnostic {
  if (node.kind === 'map') return [...node.entries.values()];
  return diagnose(node.spot, node.via, {
    message: `wrong value for ${what}`,
    expected: `a map with ${keys}`,
  });
}

function oneOf({ key, keySpot, value }: LocatedEntry, names: readonly string[]): Diagnostic[] {
  const text = value.kind === 'scalar' ? value.text : '';
  if (names.includes(text)) return [];
  const near = suggest(text, names);
  return [
    diagnose(spotOf(value, keySpot), value.via, {
      message: `wrong value for "${key}"`,
      expected: `one of ${names.join(', ')}`,
      ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
    }),
  ];
}

function unknownKey({ key, keySpot }: LocatedEntry, known: readonly string[]): Diagnostic[] {
  const near = suggest(key, known);
  return [
    diagnose(keySpot, undefined, {
      message: `unknown key "${key}"`,
      ...(near === undefined
        ? { expected: `one of ${known.join(', ')}` }
        : { suggestion: `did you mean "${near}"?` }),
    }),
  ];
}

function textOf(node: Located | undefined): string | undefined {
  return node?.kind === 'scalar' ? node.text : undefined;
}

/** Of a file without faults. */
function configOf(root: Located): UserConfig {
  const entries = root.kind === 'map' ? root.entries : new Map<string, LocatedEntry>();
  const theme = THEME_NAMES.find((name) => name === textOf(entries.get('theme')?.value));
  const colors = entries.get('colors')?.value;
  if (colors?.kind !== 'map') return theme === undefined ? {} : { theme };
  const own = COLOR_NAMES.flatMap((name) => {
    const color = textOf(colors.entries.get(name)?.value);
    return color === undefined ? [] : [[name, color] as const];
  });
  return { ...(theme === undefined ? {} : { theme }), colors: Object.fromEntries(own) };
}
