/** Descriptor of `sys.stdout.buffer` and `sys.stderr.buffer`: what is written there goes out as it is. Files have 4095 at most. */
export const BINARY_OUTPUT = 0x7001;

/** Where a file object keeps its descriptor, after the pointer to its type. */
const DESCRIPTOR_OFFSET = 4;

/** The standard streams in the order of `STREAMS_OF_PYTHON`, with the descriptor that the build gives each, and the one it has here. */
const STREAMS = [
  { built: 0, here: 0 },
  { built: 0, here: 0 },
  { built: 1, here: 1 },
  { built: 1, here: BINARY_OUTPUT },
  { built: 2, here: 2 },
  { built: 2, here: BINARY_OUTPUT },
] as const;

/** Python: the addresses that `StandardFiles` wants. */
export const STREAMS_OF_PYTHON =
  '[id(each) for stream in (sys.stdin, sys.stdout, sys.stderr) for each in (stream, stream.buffer)]';

/**
 * The file objects behind `sys.stdin`, `sys.stdout` and `sys.stderr`. They are static data of the build, so `id()` tells
 * where their descriptors are. The build makes no difference between text and binary output: here they have different
 * descriptors. And one that was closed would stay closed, where a board's cannot be closed.
 */
export class StandardFiles {
  readonly #words: Int32Array;
  readonly #streams: readonly { readonly index: number; readonly here: number }[];

  constructor(memory: WebAssembly.Memory, addresses: readonly number[]) {
    const words = new Int32Array(memory.buffer);
    this.#words = words;
    this.#streams = STREAMS.map(({ built, here }, place) => {
      const index = ((addresses[place] ?? 0) + DESCRIPTOR_OFFSET) >> 2;
      if (words[index] !== built)
        throw new Error(
          `Internal error: expected descriptor ${built} in standard stream ${place}, was ${words[index]}`,
        );
      return { index, here };
    });
    this.reopen();
  }

  /** All of them are open and as they should be, whatever a program did. */
  reopen(): void {
    for (const { index, here } of this.#streams) this.#words[index] = here;
  }
}
