import { SerialFault } from '../../serial/fault.ts';
import type { Repl } from '../../serial/repl.ts';
import { openRepl, type Place } from '../board/place.ts';
import { sayMs } from '../watch.ts';
import { recover } from './recover.ts';
import type { ReplRun } from './repl-run.ts';
import { MOST_OUTPUT, testLimits } from './test-limits.ts';

/** How one test on a board ended. */
export type TestRunEnd =
  /** `started` is false when not even its first statement was reached: it is too large for the board. */
  | { readonly kind: 'done'; readonly stdout: Buffer; readonly stderr: Buffer; readonly started: boolean }
  /** It did not end, or printed without end, or the board restarted below it; the board must be recovered. */
  | { readonly kind: 'hung' | 'flood' | 'restarted'; readonly stdout: Buffer; readonly reason: string }
  /** The run was cut off in the middle of it. */
  | { readonly kind: 'stopped' };

/** Runs one test on a board that is reset before. Throws the faults of the port and the board. */
export async function execTest(run: ReplRun, place: Place, source: Buffer): Promise<TestRunEnd> {
  const { limit, context } = run;
  const { testMs, silenceMs } = testLimits(run);
  const repl = await cleanRepl(run, place);

  const output = new TestOutput((chunk) => context.collector.push('stdout', chunk));
  const cut = new AbortController();
  let why: 'silent' | 'flood' | undefined;
  const end = (reason: 'silent' | 'flood') => {
    why ??= reason;
    cut.abort();
  };
  const silence = silenceMs === undefined ? undefined : setTimeout(() => end('silent'), silenceMs);
  try {
    const { stderr } = await repl.exec(source, {
      limitMs: testMs,
      signal: AbortSignal.any([limit.signal, cut.signal]),
      onStdout: (chunk) => {
        silence?.refresh();
        if (output.push(chunk) > MOST_OUTPUT) end('flood');
      },
      onStderr: (chunk) => context.collector.push('stderr', chunk),
    });
    const stdout = output.bytes;
    // What does not fit on a board fails while it is compiled: nothing was printed, and no frame was entered.
    const started = stdout.length > 0 || stderr.includes(', in <module>');
    return { kind: 'done', stdout, stderr, started };
  } catch (fault) {
    if (!(fault instanceof SerialFault)) throw fault;
    const stdout = output.bytes;
    if (limit.signal.aborted) return { kind: 'stopped' };
    if (why === 'flood') {
      return { kind: 'flood', stdout, reason: `printed more than ${MOST_OUTPUT / 1024 / 1024} MB` };
    }
    if (why === 'silent') {
      return {
        kind: 'hung',
        stdout,
        reason: `printed nothing for ${sayMs(silenceMs ?? 0)}, and was interrupted`,
      };
    }
    if (fault.kind === 'limit') {
      return { kind: 'hung', stdout, reason: `did not end within ${sayMs(testMs)}, and was interrupted` };
    }
    if (fault.kind === 'restarted') {
      return { kind: 'restarted', stdout, reason: 'the board restarted in the middle of the test' };
    }
    throw fault;
  } finally {
    clearTimeout(silence);
  }
}

/** The board as after a reset. One that the test before left in a state that Ctrl-C does not mend loses its power. */
async function cleanRepl(run: ReplRun, place: Place): Promise<Repl> {
  const { setupMs } = place.binding.board.limits;
  try {
    await openRepl(place).softReset({ limitMs: setupMs, signal: run.limit.signal });
  } catch (fault) {
    const mendable = fault instanceof SerialFault && ['limit', 'no-repl', 'restarted'].includes(fault.kind);
    if (!mendable || run.limit.signal.aborted) throw fault;
    await recover(run, place, 'it did not reset');
  }
  return openRepl(place);
}

/** What a test prints. */
class TestOutput {
  readonly #pass: (chunk: Buffer) => void;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(pass: (chunk: Buffer) => void) {
    this.#pass = pass;
  }

  /** Gives the number of bytes so far. */
  push(chunk: Buffer): number {
    this.#chunks.push(Buffer.from(chunk));
    this.#pass(chunk);
    return (this.#size += chunk.length);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
