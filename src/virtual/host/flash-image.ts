import fs from 'node:fs';
import path from 'node:path';
import type { FlashChange, FlashEntry } from '../shared.ts';

/** `filesystem.json`. */
interface ImageFile {
  readonly format: 1;
  /** Directories before what is in them; `base64` is absent for a directory. */
  readonly entries: readonly { readonly path: string; readonly base64?: string }[];
}

/** The filesystem image could not be written; the message says where and why. */
export class UnsavedFault extends Error {}

/**
 * What is on a board's flash, kept in one file that is always whole. Changes come while the program runs, and are
 * written a moment later, together; `settle` waits until all of them are on disk. What fails is tried again with the next change.
 */
export class FlashImage {
  readonly #file: string;
  readonly #entries = new Map<string, Uint8Array | undefined>();
  #dirty = false;
  #writing: Promise<void> | undefined;
  #fault: UnsavedFault | undefined;
  readonly #onOutcome: () => void;

  /** `onOutcome` is told each time when a write has succeeded or failed. */
  constructor(file: string, onOutcome: () => void) {
    this.#file = file;
    this.#onOutcome = onOutcome;
  }

  /** Why what is on the board is not on disk. */
  get fault(): UnsavedFault | undefined {
    return this.#fault;
  }

  /** Reads again what is on disk: another host may have had the board since. An image that is not ours is set aside. */
  load(): void {
    this.#entries.clear();
    this.#dirty = false;
    this.#fault = undefined;
    try {
      const { format, entries } = JSON.parse(fs.readFileSync(this.#file, 'utf8')) as ImageFile;
      if (format !== 1) throw new Error(`unknown format ${String(format)}`);
      for (const { path: name, base64 } of entries)
        this.#entries.set(name, base64 === undefined ? undefined : Buffer.from(base64, 'base64'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      fs.renameSync(this.#file, `${this.#file}.broken`);
      this.#entries.clear();
    }
  }

  get entries(): FlashEntry[] {
    return [...this.#entries].map(([name, data]) =>
      data === undefined ? { path: name } : { path: name, data },
    );
  }

  apply(change: FlashChange): void {
    switch (change.kind) {
      case 'written':
        this.#entries.set(change.path, change.data);
        break;
      case 'directory':
        this.#entries.set(change.path, undefined);
        break;
      case 'removed':
        this.#entries.delete(change.path);
        break;
      case 'renamed':
        this.#rename(change.path, change.to);
        break;
    }
    this.#dirty = true;
    this.#writing ??= this.#write();
  }

  /** Resolves when everything is on disk. Throws `UnsavedFault` when that cannot be. */
  async settle(): Promise<void> {
    await this.#writing;
    if (this.#fault === undefined) return;
    await this.#write();
    if (this.#fault !== undefined) throw this.#fault;
  }

  #rename(from: string, to: string): void {
    const moved = [...this.#entries].filter(([name]) => name === from || name.startsWith(`${from}/`));
    for (const [name] of moved) this.#entries.delete(name);
    for (const [name, data] of moved) this.#entries.set(to + name.slice(from.length), data);
  }

  async #write(): Promise<void> {
    try {
      await this.#save();
      this.#fault = undefined;
    } catch (error) {
      this.#dirty = true;
      const why = error instanceof Error ? error.message : String(error);
      this.#fault = new UnsavedFault(`its filesystem could not be saved in ${this.#file}: ${why}`);
    }
    this.#writing = undefined;
    this.#onOutcome();
  }

  async #save(): Promise<void> {
    const temporary = `${this.#file}.${process.pid}`;
    await fs.promises.mkdir(path.dirname(this.#file), { recursive: true });
    while (this.#dirty) {
      this.#dirty = false;
      await fs.promises.writeFile(temporary, this.#text());
      await fs.promises.rename(temporary, this.#file);
    }
  }

  #text(): string {
    const file: ImageFile = {
      format: 1,
      entries: [...this.#entries].map(([name, data]) =>
        data === undefined ? { path: name } : { path: name, base64: Buffer.from(data).toString('base64') },
      ),
    };
    return `${JSON.stringify(file)}\n`;
  }
}
