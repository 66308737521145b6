import { suggest } from '../util/suggest.ts';
import { placeName, placeOf, type Place } from './outlet/place.ts';

/** Every renderer that a person can name, what it is, and where it writes when no place is given. */
export const RENDERERS = {
  tree: { to: 'stderr', help: 'what runs now, on a terminal; lines where there is none' },
  lines: { to: 'stderr', help: 'a line for each thing that happened' },
  verbose: { to: 'stderr', help: 'a line for every event, and what failing runs printed' },
  quiet: { to: 'stderr', help: 'only the end' },
  qvf: { to: 'stderr', help: 'quiet, but all about each run that failed' },
  jsonl: { to: 'stdout', help: 'the events as they stand in the log' },
  tap: { to: 'stdout', help: 'TAP 14: a test point for each order' },
  junit: { to: undefined, help: 'JUnit XML, kept up to date' },
} as const;

export type RendererName = keyof typeof RENDERERS;

/** A renderer and where it writes. */
export interface RendererChoice {
  readonly name: RendererName;
  readonly place: Place;
}

/** Options that are short for a renderer. */
interface Shorthands {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** `--format`: only `jsonl` is one. */
  readonly format?: string | undefined;
}

/** Choices that can be carried out together, or why not. */
export type Chosen =
  | { readonly ok: true; readonly choices: readonly RendererChoice[] }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

/** What `--renderer NAME[=PLACE]…`, `-q`, `-v` and `--format jsonl` ask for together; empty: what suits the screen. */
export function chooseRenderers(given: readonly string[], short: Shorthands, cwd: string): Chosen {
  const texts = [
    ...given,
    ...(short.quiet === true ? ['quiet'] : []),
    ...(short.verbose === true ? ['verbose'] : []),
    ...(short.format === 'jsonl' ? ['jsonl'] : []),
  ];
  const choices: RendererChoice[] = [];
  const takenBy = new Map<string, string>();
  for (const text of texts) {
    const choice = choose(text);
    if (!choice.ok) return choice;
    const place = placeName(choice.place, cwd);
    const other = takenBy.get(place);
    if (other !== undefined)
      return {
        ok: false,
        message: `the renderers ${other} and ${choice.name} would both write to ${place}.`,
        hint: `Give one of them another place: --renderer ${choice.name}=FILE`,
      };
    takenBy.set(place, choice.name);
    choices.push(choice);
  }
  return { ok: true, choices };
}

function choose(text: string): ({ readonly ok: true } & RendererChoice) | Extract<Chosen, { ok: false }> {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (!isRenderer(name)) {
    const names = Object.keys(RENDERERS);
    const near = suggest(name, names);
    return {
      ok: false,
      message: `there is no renderer "${name}".`,
      hint: near === undefined ? `There are ${names.join(', ')}.` : `Did you mean "${near}"?`,
    };
  }
  const { to } = RENDERERS[name];
  const where = equals < 0 ? undefined : text.slice(equals + 1);
  if (where === undefined && to !== undefined) return { ok: true, name, place: { kind: to } };
  if (where === undefined || where === '')
    return { ok: false, message: `the renderer ${name} needs a place: --renderer ${name}=FILE` };
  const place = placeOf(where);
  if ((name === 'tree' || name === 'quiet') && place.kind !== 'stderr')
    return { ok: false, message: `the renderer ${name} is for the screen, and takes no place.` };
  return { ok: true, name, place };
}

function isRenderer(name: string): name is RendererName {
  return Object.hasOwn(RENDERERS, name);
}
