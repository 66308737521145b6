/** What we use of an Emscripten filesystem; paths are the interpreter's own, before MicroPython's mounts. */
export interface EmscriptenFs {
  readonly streams: readonly (EmscriptenStream | null | undefined)[];
  cwd: () => string;
  chdir: (path: string) => void;
  mkdir: (path: string, mode?: number) => unknown;
  rmdir: (path: string) => void;
  unlink: (path: string) => void;
  rename: (from: string, to: string) => void;
  close: (stream: EmscriptenStream) => void;
  readdir: (path: string) => string[];
  stat: (path: string) => { readonly mode: number };
  isDir: (mode: number) => boolean;
  write: (stream: EmscriptenStream, ...rest: readonly unknown[]) => number;
  readFile: (path: string) => Uint8Array;
  writeFile: (path: string, data: Uint8Array) => void;
  analyzePath: (path: string) => { readonly exists: boolean; readonly object: EmscriptenNode | null };
}

/** A file in memory: the first `usedBytes` of `contents`, which is null for one that was never written. */
export interface EmscriptenNode {
  readonly contents: Uint8Array | null;
  readonly usedBytes: number;
}

export interface EmscriptenStream {
  readonly fd: number;
  readonly path: string;
  /** As of `open(2)`; the lowest two bits are 0 for read-only. */
  readonly flags: number;
}

/** What `loadMicroPython()` of the npm package resolves to, as far as we use it. */
export interface MicroPython {
  readonly FS: EmscriptenFs;
  /** Throws a `PythonError` with the traceback as its message. */
  runPython(code: string): unknown;
  replInit(): void;
  registerJsModule(name: string, module: object): void;
}

/** The npm package. */
export interface MicroPythonPackage {
  readonly loadMicroPython: (options: {
    readonly heapsize: number;
    readonly linebuffer: boolean;
    readonly stdout: () => void;
    readonly stderr: () => void;
    readonly stdin: () => null;
  }) => Promise<MicroPython>;
}
