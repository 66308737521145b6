const PAGE = 4_096;

/** The memory of an interpreter that just started: what a soft reset goes back to. Only pages that hold something are kept. */
export class Snapshot {
  readonly #memory: WebAssembly.Memory;
  readonly #length: number;
  readonly #pages: readonly { readonly offset: number; readonly bytes: Uint8Array }[];

  constructor(memory: WebAssembly.Memory) {
    const bytes = Buffer.from(memory.buffer);
    const zero = Buffer.alloc(PAGE);
    const pages = [];
    for (let offset = 0; offset < bytes.length; offset += PAGE)
      if (bytes.compare(zero, 0, PAGE, offset, offset + PAGE) !== 0)
        pages.push({ offset, bytes: Uint8Array.prototype.slice.call(bytes, offset, offset + PAGE) });
    this.#memory = memory;
    this.#length = bytes.length;
    this.#pages = pages;
  }

  /** False: the memory has grown, and does not shrink; only a new interpreter helps. */
  restore(): boolean {
    const bytes = Buffer.from(this.#memory.buffer);
    if (bytes.length !== this.#length) return false;
    const kept = new Set(this.#pages.map(({ offset }) => offset));
    const zero = Buffer.alloc(PAGE);
    // Untouched pages are compared, not filled: filling would make every one of them take real memory.
    for (let offset = 0; offset < bytes.length; offset += PAGE)
      if (!kept.has(offset) && bytes.compare(zero, 0, PAGE, offset, offset + PAGE) !== 0)
        bytes.fill(0, offset, offset + PAGE);
    for (const page of this.#pages) bytes.set(page.bytes, page.offset);
    return true;
  }
}
