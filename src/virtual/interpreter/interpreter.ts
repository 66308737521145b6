import { CELL, Shared, type FromBoard, type WorkerSettings } from '../shared.ts';
import { FLASH_ROOT, closeFiles, fillFlash, readFlash, watchFlash } from './flash.ts';
import { hookImports } from './imports.ts';
import { Input } from './input.ts';
import { Interrupt } from './interrupt.ts';
import { loadInterpreter, type Loaded } from './load.ts';
import { Output } from './output.ts';
import { claimVersion, prelude } from './prelude.ts';
import { probeInterrupt } from './probe.ts';
import { Snapshot } from './snapshot.ts';
import { StandardFiles } from './standard-files.ts';

/** The interpreter sets this bit when the program or the user wants a soft reset. */
const FORCED_EXIT = 0x100;

/** An interpreter with what belongs to its memory. */
interface Core extends Loaded {
  readonly interrupt: Interrupt;
  readonly standardFiles: StandardFiles;
  readonly snapshot: Snapshot;
}

/** The MicroPython of one board: starts it, soft-resets it, feeds it, and keeps its filesystem over all that. */
export class Interpreter {
  readonly output: Output;
  readonly input: Input;
  readonly #shared: Shared;
  readonly #settings: WorkerSettings;
  readonly #tell: (message: FromBoard) => void;
  #core: Core | undefined;
  /** Makes last what was written to files that are still open; a board does that now and then, this one after each command. */
  #saveFlash: () => void = () => undefined;

  constructor(settings: WorkerSettings, tell: (message: FromBoard) => void) {
    this.#settings = settings;
    this.#tell = tell;
    this.#shared = new Shared(settings.shared);
    this.output = new Output(this.#shared);
    this.input = new Input(this.#shared, this.output, () => this.#interrupted);
  }

  /** Start from nothing, as at power on: the REPL is not there yet, and no file was run. */
  async start(): Promise<void> {
    await this.#load(this.#settings.files);
    this.#claim();
  }

  /** All of Python's memory as it was after the start; files stay. */
  async restart(): Promise<void> {
    const { micropython, snapshot } = this.#running;
    closeFiles(micropython.FS);
    if (snapshot.restore()) micropython.FS.chdir(FLASH_ROOT);
    else await this.#load(readFlash(micropython.FS));
    this.#claim();
  }

  /** Starts the REPL in friendly mode, which prints its banner. */
  startRepl(): void {
    this.#guard(() => this.#running.micropython.replInit());
  }

  /** Gives the REPL one byte, which may run a whole program. True: a soft reset is wanted. */
  process(byte: number): boolean {
    const { exports, interrupt, standardFiles } = this.#running;
    standardFiles.reopen();
    const result = this.#guard(() => interrupt.around(() => exports.mp_js_repl_process_char(byte)));
    return (result & FORCED_EXIT) !== 0;
  }

  /** Runs a file of the board's, if it has it, as it is run after a reset: Ctrl-C ends it, a traceback is printed. */
  runFile(name: string): void {
    const { micropython, interrupt } = this.#running;
    const path = `${FLASH_ROOT}/${name}`;
    if (!micropython.FS.analyzePath(path).exists) return;
    const source = Buffer.from(micropython.FS.readFile(path)).toString();
    try {
      interrupt.around(() => {
        interrupt.markExecuting(true);
        try {
          micropython.runPython(source);
        } finally {
          interrupt.markExecuting(false);
        }
      });
    } catch (error) {
      if (!isPythonError(error)) this.#crash(error);
      if (error.type !== 'SystemExit')
        this.output.print(Buffer.from(error.message.replaceAll('"<stdin>"', `"${name}"`)));
    }
    this.output.flush();
  }

  get #running(): Core {
    if (this.#core === undefined) throw new Error('Internal error: expected a started interpreter, was none');
    return this.#core;
  }

  get #interrupted(): boolean {
    return this.#core?.interrupt.pending ?? false;
  }

  async #load(files: WorkerSettings['files']): Promise<void> {
    const { loader, module, tentacle } = this.#settings;
    this.#core = undefined;
    const loaded: Loaded = await loadInterpreter(loader, module, (imports, memory) =>
      hookImports(imports, {
        shared: this.#shared,
        input: this.input,
        output: this.output,
        interrupted: () => this.#interrupted,
        save: () => this.#saveFlash(),
        executing: () => this.#core?.interrupt.executing ?? false,
        memory,
      }),
    );
    const { micropython, exports } = loaded;
    fillFlash(micropython.FS, files);
    this.#saveFlash = watchFlash(micropython.FS, (change) => this.#tell({ kind: 'flash', change }));
    let addresses: readonly number[] = [];
    micropython.registerJsModule('_virtual_board', {
      reset: () => this.#end('reset'),
      streams: (...found: readonly number[]) => void (addresses = found),
    });
    micropython.runPython(prelude(tentacle, FLASH_ROOT));
    const standardFiles = new StandardFiles(exports.memory, addresses);
    const interruptAddresses = probeInterrupt(micropython, exports);
    const buffer = exports.memory.buffer as unknown as SharedArrayBuffer;
    const interrupt = new Interrupt(this.#shared, buffer, interruptAddresses);
    this.#core = { ...loaded, interrupt, standardFiles, snapshot: new Snapshot(exports.memory) };
    this.#tell({ kind: 'memory', buffer, addresses: interruptAddresses });
    Atomics.add(this.#shared.cells, CELL.generation, 1);
  }

  /** The fault `wrong-version`, from the next soft reset on. */
  #claim(): void {
    if (this.#shared.claim !== '') this.#running.micropython.runPython(claimVersion(this.#shared.claim));
  }

  /** Runs what may trap; a trap leaves the interpreter unusable, so it is the end of this worker. */
  #guard<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      return this.#crash(error);
    }
  }

  #crash(error: unknown): never {
    this.output.divert();
    this.output.print(Buffer.from(`\nFATAL: ${String(error)}\n`));
    return this.#end('crashed');
  }

  /** Hands the board over to the host, which ends this thread; nothing runs here any more. */
  #end(kind: 'reset' | 'crashed'): never {
    this.output.flush();
    this.#tell({ kind });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    throw new Error('Internal error: expected the host to end this thread, was woken');
  }
}

/** What `runPython` throws for an exception of Python's; everything else is a trap. */
function isPythonError(error: unknown): error is Error & { readonly type: string } {
  return error instanceof Error && error.name === 'PythonError';
}
