import { pathToFileURL } from 'node:url';
import type { MicroPython, MicroPythonPackage } from './emscripten.ts';
import type { InterpreterExports } from './probe.ts';

/** The heap that an interpreter starts with; it grows. */
const HEAP_BYTES = 256 * 1024;

/** An interpreter that was just started. */
export interface Loaded {
  readonly micropython: MicroPython;
  readonly exports: InterpreterExports;
}

/**
 * Starts an interpreter from an already compiled module, with its imports replaced by `hook`. The npm package offers no way to
 * hand either in, so for the time of its loading `WebAssembly.instantiate` of this thread is ours.
 */
export async function loadInterpreter(
  loader: string,
  module: WebAssembly.Module,
  hook: (imports: WebAssembly.Imports, memory: () => WebAssembly.Memory) => WebAssembly.Imports,
): Promise<Loaded> {
  const { loadMicroPython } = (await import(pathToFileURL(loader).href)) as MicroPythonPackage;
  const genuine = WebAssembly.instantiate;
  let exports: InterpreterExports | undefined;
  const started = (): InterpreterExports => {
    if (exports === undefined) throw new Error('Internal error: expected a started instance, was none');
    return exports;
  };
  const replacement = async (_file: unknown, imports: WebAssembly.Imports = {}): Promise<unknown> => {
    const instance = await genuine(
      module,
      hook(imports, () => started().memory),
    );
    exports = instance.exports as unknown as InterpreterExports;
    return { module, instance };
  };
  WebAssembly.instantiate = replacement as typeof WebAssembly.instantiate;
  try {
    const micropython = await loadMicroPython({
      heapsize: HEAP_BYTES,
      linebuffer: false,
      stdout: () => undefined,
      stderr: () => undefined,
      stdin: () => null,
    });
    keepCallbacks();
    return { micropython, exports: started() };
  } finally {
    WebAssembly.instantiate = genuine;
  }
}

/**
 * The package frees Python objects that JavaScript has forgotten. After a soft reset such a note would be about an object of
 * the time before, at whose place another one is now; so all of them live until the reset.
 */
function keepCallbacks(): void {
  Object.assign(globalThis, { pyProxyFinalizationRegistry: { register: () => undefined } });
}
