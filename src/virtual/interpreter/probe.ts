import type { InterruptAddresses } from '../shared.ts';
import type { MicroPython } from './emscripten.ts';

/** The interpreter's static data lies below this. */
const STATIC_LIMIT = 1 << 19;

/**
 * Finds the addresses that `Interrupt` needs by what changes in memory, since the build exports no symbols of data. Exact
 * pins of the packages make the answer stable, and each start proves it: an answer that is not unique is a throw, never a guess.
 */
export function probeInterrupt(micropython: MicroPython, exports: InterpreterExports): InterruptAddresses {
  return { ...probePending(exports), interruptCharacter: probeCharacter(micropython, exports) };
}

/** What the probe needs of the WebAssembly instance's exports. */
export interface InterpreterExports {
  readonly memory: WebAssembly.Memory;
  mp_js_repl_process_char(byte: number): number;
  mp_sched_keyboard_interrupt(): void;
  emscripten_stack_get_base(): number;
}

/** `mp_sched_keyboard_interrupt()` writes a pointer where 0 was, and the scheduler's state from idle (1) to pending (0). */
function probePending(exports: InterpreterExports): Omit<InterruptAddresses, 'interruptCharacter'> {
  const memory = new Uint8Array(exports.memory.buffer, 0, STATIC_LIMIT);
  const before = memory.slice();
  exports.mp_sched_keyboard_interrupt();
  const after = memory.slice();
  memory.set(before);
  const was = new Int32Array(before.buffer);
  const is = new Int32Array(after.buffer);
  const words = [...is.keys()].filter((index) => is[index] !== was[index]);
  const pending = words.find((index) => was[index] === 0);
  const wasHalf = new Int16Array(before.buffer);
  const isHalf = new Int16Array(after.buffer);
  const states = words
    .flatMap((index) => [2 * index, 2 * index + 1])
    .filter((half) => wasHalf[half] === 1 && isHalf[half] === 0);
  const [scheduler] = states;
  if (pending === undefined || scheduler === undefined || words.length !== 2 || states.length !== 1)
    throw new Error(
      `Internal error: expected an interrupt to change a pointer and a state, was ${words.length} words`,
    );
  return { pending: 4 * pending, scheduler: 2 * scheduler, exception: is[pending] ?? 0 };
}

/** The word that follows `micropython.kbd_intr()`. The C stack below the static data follows by accident, so it is left out. */
function probeCharacter(micropython: MicroPython, exports: InterpreterExports): number {
  const words = (): Int32Array => new Int32Array(exports.memory.buffer, 0, STATIC_LIMIT >> 2);
  micropython.runPython('import micropython\nmicropython.kbd_intr(77)');
  const base = exports.emscripten_stack_get_base() >> 2;
  const candidates = [...words().keys()].filter((index) => index >= base && words()[index] === 77);
  micropython.runPython('micropython.kbd_intr(-1)\ndel micropython');
  const found = candidates.filter((index) => words()[index] === -1);
  if (found.length !== 1)
    throw new Error(`Internal error: expected one address of the interrupt character, was ${found.length}`);
  return 4 * (found[0] ?? 0);
}
