/** The part of the JavaScript API of WebAssembly that is used here; the types for Node.js leave it out, and those for browsers bring a browser. */
declare namespace WebAssembly {
  /** Compiled code; can be sent to another thread. */
  interface Module {
    readonly __brand: 'WebAssembly.Module';
  }

  interface Memory {
    /** A new object after each growth; shared memory keeps what older ones see. */
    readonly buffer: ArrayBuffer;
  }

  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }

  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
  // Emscripten calls it with the bytes of a file; a replacement may take anything there.
  let instantiate: (module: Module, imports?: Imports) => Promise<Instance>;
}
