import { statSync } from 'node:fs';
import path from 'node:path';
import type { RendererChoice } from '../renderer-choice.ts';
import type { OutputStream } from '../renderer.ts';
import { Outlet } from './outlet.ts';
import { isStreamed, openPlace, placeName, PlaceFault, streamPort, type Place } from './place.ts';

/** A reader of a file, pipe or descriptor that reads nothing for so long after the end is waited for no longer, ms. */
const PATIENCE_MS = 5000;
/** The same for stdout and stderr, where a person may be paging. */
const SCREEN_PATIENCE_MS = 60_000;

/** The streams of the process, and whether a session is going on that must not wait for anybody. */
export interface OutletsOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly cwd: string;
  readonly live: boolean;
}

/** All that is written to: opened before a session begins, each once, however many write there. */
export class Outlets {
  readonly #options: OutletsOptions;
  readonly #outlets = new Map<string, Outlet>();
  /** What went wrong before anybody listened. */
  readonly #early: string[] = [];
  #onFault: (message: string) => void = (message) => this.#early.push(message);

  /** Opens what the renderers want; throws `PlaceFault`. */
  constructor(choices: readonly RendererChoice[], options: OutletsOptions) {
    this.#options = options;
    for (const { name, place } of choices) {
      if (name === 'junit' && !isStreamed(place, options.cwd)) checkDirectory(place, options.cwd);
      else this.of(place);
    }
  }

  /** The outlet of a place; throws `PlaceFault` where it can not be opened. */
  of(place: Place): Outlet {
    const { cwd } = this.#options;
    const name = placeName(place, cwd);
    const known = this.#outlets.get(name);
    if (known !== undefined) return known;
    const outlet = this.#open(place, name);
    this.#outlets.set(name, outlet);
    return outlet;
  }

  /** For people. */
  get stderr(): Outlet {
    return this.of({ kind: 'stderr' });
  }

  /** Told of every place that can not be written any more, once each. */
  set onFault(tell: (message: string) => void) {
    this.#onFault = tell;
    for (const message of this.#early.splice(0)) tell(message);
  }

  /** Resolves when there is room everywhere; undefined when there is. */
  room(): Promise<unknown> | undefined {
    const full = [...this.#outlets.values()].filter((outlet) => outlet.congested);
    return full.length === 0 ? undefined : Promise.all(full.map((outlet) => outlet.room()));
  }

  /** Waits no longer for any reader. */
  hurry(): void {
    for (const outlet of this.#outlets.values()) outlet.hurry();
  }

  /** Closes the places that were given, or what is left but stderr, or all; false when a reader has not read what it was given. */
  async end(which: 'places' | 'stdout' | 'all'): Promise<boolean> {
    const kept = { places: ['stdout', 'stderr'], stdout: ['stderr'], all: [] as string[] }[which];
    const ending = [...this.#outlets.values()].filter(({ name, ended }) => !ended && !kept.includes(name));
    return (await Promise.all(ending.map((outlet) => outlet.end()))).every(Boolean);
  }

  #open(place: Place, name: string): Outlet {
    const { live, cwd } = this.#options;
    const screen = place.kind === 'stdout' || place.kind === 'stderr';
    const stream = screen ? this.#options[place.kind] : undefined;
    const port = stream === undefined ? openPlace(place as never, cwd) : streamPort(stream);
    const patience = screen ? (stream?.isTTY === true ? undefined : SCREEN_PATIENCE_MS) : PATIENCE_MS;
    return new Outlet(port, {
      name,
      onFault: (message) => this.#onFault(message),
      whole: !screen,
      ...(live && patience !== undefined ? { patienceMs: patience } : {}),
    });
  }
}

function checkDirectory(place: Place, cwd: string): void {
  const directory = path.dirname(placeName(place, cwd));
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new PlaceFault(
      `there is no directory ${directory} to write ${path.basename(placeName(place, cwd))} into.`,
    );
}
