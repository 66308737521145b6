import fs from 'node:fs';
import path from 'node:path';
import type { FlashChange, FlashEntry } from '../shared.ts';

/** `filesystem.json`. */
interface ImageFile {
  readonly format: 1;
  /** Directories before what is in them; `base64` is absent for a directory. */
  readonly entries: readonly { readonly path: string; readonly base64?: string }[];
}

/**
 * What is on a board's flash, kept in one file that is always whole. Changes come while the program runs, and are
 * written a moment later, together; `settle` waits until all of them are on disk.
 */
export class FlashImage {
  readonly #file: string;
  readonly #entries = new Map<string, Uint8Array | undefined>();
  #dirty = false;
  #writing: Promise<void> | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Reads again what is on disk: another host may have had the board since. An image that is not ours is set aside. */
  load(): void {
    this.#entries.clear();
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

  /** Resolves when everything is on disk. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  #rename(from: string, to: string): void {
    const moved = [...this.#entries].filter(([name]) => name === from || name.startsWith(`${from}/`));
    for (const [name] of moved) this.#entries.delete(name);
    for (const [name, data] of moved) this.#entries.set(to + name.slice(from.length), data);
  }

  async #write(): Promise<void> {
    const temporary = `${this.#file}.${process.pid}`;
    await fs.promises.mkdir(path.dirname(this.#file), { recursive: true });
    while (this.#dirty) {
      this.#dirty = false;
      await fs.promises.writeFile(temporary, this.#text());
      await fs.promises.rename(temporary, this.#file);
    }
    this.#writing = undefined;
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
