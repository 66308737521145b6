import type { EventType, TestbedEvent } from '../event/event.ts';
import { fromLine, typeOfLine } from '../event/wire.ts';
import type { RunId } from '../model/ids.ts';
import { isKnownType } from './event-types.ts';
import type { Renderer } from './renderer.ts';

/** What takes every event in before the renderers see it: the overlord. */
interface Fold {
  /** What changes it; lines of other types are not parsed for its sake. */
  readonly types: readonly EventType[];
  apply(event: TestbedEvent): void;
}

/**
 * Hands lines to renderers: in order, parsed at most once, and only if somebody wants their type. A renderer that throws
 * is taken out and told once.
 */
export class Show {
  readonly #fold: Fold | undefined;
  readonly #renderers = new Set<Renderer>();
  readonly #onFault: (message: string) => void;

  /** `fold` is absent where somebody else has it take each event in before. */
  constructor(fold: Fold | undefined, onFault: (message: string) => void) {
    this.#fold = fold;
    this.#onFault = onFault;
  }

  /** One more that wants to see what comes. */
  add(renderer: Renderer): void {
    this.#renderers.add(renderer);
  }

  /** Whether lines of this type must be parsed; what this testbed does not know never is. */
  wants(type: EventType): boolean {
    if (!isKnownType(type)) return false;
    if (this.#fold?.types.includes(type) === true) return true;
    return [...this.#renderers].some(({ types }) => types === 'all' || types.includes(type));
  }

  /** Shows one line; `event` saves the parsing where it is known already. */
  apply(line: string, event?: TestbedEvent): void {
    const type = typeOfLine(line);
    const parsed = this.wants(type) ? (event ?? fromLine(line)) : undefined;
    if (parsed !== undefined) this.#fold?.apply(parsed);
    for (const renderer of this.#renderers) {
      this.#guard(renderer, () => {
        renderer.onLine?.(line);
        if (parsed !== undefined && (renderer.types === 'all' || renderer.types.includes(type)))
          renderer.onEvent(parsed, line);
      });
    }
  }

  /** Lets those who need it know what happened before the session was resumed. */
  recall(event: TestbedEvent): void {
    for (const renderer of this.#renderers) this.#guard(renderer, () => renderer.onPast?.(event));
  }

  /** False when no renderer has a place for notes. */
  note(text: string): boolean {
    const takers = [...this.#renderers].filter((renderer) => renderer.onNote !== undefined);
    for (const renderer of takers) this.#guard(renderer, () => renderer.onNote?.(text));
    return takers.length > 0;
  }

  progress(run: RunId, text: string): void {
    for (const renderer of this.#renderers) this.#guard(renderer, () => renderer.onProgress?.(run, text));
  }

  /** Lets every renderer leave its output in order; one whose reader is slow holds no other up. */
  async finish(): Promise<void> {
    await Promise.all(
      [...this.#renderers].map(async (renderer) => {
        try {
          await renderer.finish();
        } catch (error) {
          this.#drop(renderer, error);
        }
      }),
    );
  }

  /** Something is wrong with us: only what others would miss is put in order, such as a terminal. */
  abandon(): void {
    for (const renderer of this.#renderers) this.#guard(renderer, () => renderer.abandon?.());
  }

  #guard(renderer: Renderer, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#drop(renderer, error);
    }
  }

  #drop(renderer: Renderer, error: unknown): void {
    if (!this.#renderers.delete(renderer)) return;
    this.#guard(renderer, () => renderer.abandon?.());
    this.#onFault(
      `a part of the output has stopped (${error instanceof Error ? error.message : String(error)}); the session goes on, and its log is complete.`,
    );
  }
}
