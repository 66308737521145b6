import { stringify } from 'yaml';
import { plainOf } from '../config/effective-document.ts';
import type { Effective } from '../config/effective.ts';
import type { Instead, Origin, Shown } from '../config/shown.ts';
import { widthOf } from '../diagnostic/width.ts';
import { unreachable } from '../util/unreachable.ts';
import { FLOW, insteadText, placeOf, type ConfigView } from './config-origin.ts';
import { isOneLine, oneLine } from './text.ts';

/** Maps and lists of one origin stand on one line up to this width. */
const ONE_LINE = 50;
/** Origins stand in one column, unless a value reaches further. */
const WIDEST_VALUE = 44;

interface Line {
  readonly text: string;
  readonly origin?: string;
  /** What it was laid over, which is worth seeing. */
  readonly instead?: string;
}

/** The effective configuration as lines of YAML, with the origin of each value as the comment behind it. */
export function configYaml({ config, dropped }: Effective, view: ConfigView): string[] {
  const lines: Line[] = [];
  let long = false;
  for (const [key, section] of config.kind === 'map' ? config.entries : []) {
    const added = linesOf(`${scalar(key)}:`, section, { indent: 0, view });
    // Sections of several lines stand apart.
    if ((long || added.length > 1) && lines.length > 0) lines.push({ text: '' });
    long = added.length > 1;
    lines.push(...added);
  }
  for (const one of dropped) {
    const what = 'spec' in one ? `spec ${oneLine(one.spec)}` : `stage ${oneLine(one.stage)}`;
    lines.push({ text: view.paint.pale(`# the ${what} is dropped: ${placeOf(one.origin, view)}`) });
  }
  const narrow = lines.filter(({ origin }) => origin !== undefined).map(({ text }) => widthOf(text));
  const column = 2 + Math.max(0, ...narrow.filter((width) => width <= WIDEST_VALUE));
  return lines.flatMap((line) => withOrigin(line, column, view));
}

/** The line with its comment; on a terminal where that is too long, the comment goes on below. */
function withOrigin(
  { text, origin, instead }: Line,
  column: number,
  { paint, columns }: ConfigView,
): string[] {
  if (origin === undefined) return [text];
  const gap = ' '.repeat(Math.max(2, column - widthOf(text)));
  if (instead === undefined) return [`${text}${gap}${paint.pale(`# ${origin}`)}`];
  const comment = `# ${origin}, ${instead}`;
  return columns === undefined || widthOf(text + gap + comment) <= columns
    ? [`${text}${gap}${paint.note(comment)}`]
    : [`${text}${gap}${paint.note(`# ${origin},`)}`, `${' '.repeat(column)}${paint.note(`# ${instead}`)}`];
}

/** `label` is `key:`, or `-` in a list. */
function linesOf(
  label: string,
  shown: Shown,
  { indent, view }: { readonly indent: number; readonly view: ConfigView },
): Line[] {
  const margin = ' '.repeat(indent);
  const onOne = onOneLine(shown);
  if (onOne !== undefined) return [{ text: `${margin}${label} ${onOne.text}`, ...commentOf(onOne, view) }];
  const inner = { indent: indent + 2, view };
  const below =
    shown.kind === 'map'
      ? [...shown.entries].flatMap(([key, value]) => linesOf(`${scalar(key)}:`, value, inner))
      : shown.kind === 'list'
        ? shown.items.flatMap((item) => linesOf('-', item, inner))
        : [];
  const [first, ...rest] = below;
  if (label === '-' && first !== undefined)
    return [{ ...first, text: `${margin}- ${first.text.slice(indent + 2)}` }, ...rest];
  return [{ text: `${margin}${label}`, ...commentOf(shown, view) }, ...below];
}

function commentOf(
  { origin, instead }: { readonly origin?: Origin; readonly instead?: Instead },
  view: ConfigView,
): Omit<Line, 'text'> {
  return {
    ...(origin === undefined ? {} : { origin: placeOf(origin, view) }),
    ...(instead === undefined ? {} : { instead: insteadText(instead, view) }),
  };
}

interface OnOneLine {
  readonly text: string;
  readonly origin: Origin;
  readonly instead?: Instead;
}

/** A scalar, or a short map or list that is all from one file. */
function onOneLine(shown: Shown): OnOneLine | undefined {
  if (shown.kind === 'scalar')
    return {
      text: scalar(shown.value),
      origin: shown.origin,
      ...(shown.instead === undefined ? {} : { instead: shown.instead }),
    };
  const leaves = leavesOf(shown);
  const origin = leaves[0]?.origin ?? shown.origin;
  if (origin === undefined || leaves.some((leaf) => !isSameFile(leaf.origin, origin))) return undefined;
  // A named thing, such as a tentacle, keeps a line for each of its values.
  if (shown.kind === 'map' && shown.origin !== undefined && leaves.length > 0) return undefined;
  const text = flow(shown);
  if (text.length > ONE_LINE || !isOneLine(text)) return undefined;
  const instead = shown.kind === 'list' ? shown.instead : undefined;
  return { text, origin, ...(instead === undefined ? {} : { instead }) };
}

/** What stands on its own, each with its origin; one that was laid over another counts as from elsewhere. */
function leavesOf(shown: Shown): { readonly origin: Origin | undefined }[] {
  switch (shown.kind) {
    case 'scalar':
      return [{ origin: shown.instead === undefined ? shown.origin : undefined }];
    case 'list':
      return shown.items.flatMap(leavesOf);
    case 'map':
      return [...shown.entries.values()].flatMap(leavesOf);
    default:
      return unreachable(shown);
  }
}

function isSameFile(a: Origin | undefined, b: Origin): boolean {
  if (a === undefined || a.kind !== b.kind) return false;
  return 'file' in a && 'file' in b ? a.file === b.file : a === b;
}

function flow(shown: Shown): string {
  return stringify(plainOf(shown), FLOW).trimEnd();
}

/** Text that could move the cursor is written in escapes, which YAML reads as the same text. */
function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string' || isOneLine(value)) return stringify(value, { lineWidth: 0 }).trimEnd();
  return JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
