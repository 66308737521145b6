import type { BoardName } from '../model/ids.ts';
import { UsageFault, type Io } from './command.ts';

/** A board that only just got its power needs so long until it answers. */
const LIMIT_MS = 5000;

/**
 * Asks the board on a port which of the catalogue it is. Undefined: it does not answer, which was told; its run will say
 * so with its evidence. Throws `UsageFault` when its firmware leaves more than one board open.
 */
export async function askWhichBoard(
  port: string,
  io: Io,
): Promise<{ readonly board: BoardName; readonly variant: string } | undefined> {
  const [{ catalogue }, { devicePath }, { askBoard }, { SerialFault }] = await Promise.all([
    import('../config/catalogue.ts'),
    import('../util/device-path.ts'),
    import('../tentacle/identify.ts'),
    import('../serial/fault.ts'),
  ]);
  try {
    const path = devicePath(port);
    const {
      board,
      variant = '',
      candidates,
      identification,
    } = await askBoard({
      path,
      boards: catalogue(),
      limitMs: LIMIT_MS,
    });
    const { version, machine, platform } = identification;
    const said = `the board on ${port} is ${machine === '' ? platform : machine} with MicroPython ${version}`;
    if (board === undefined && candidates.length > 0)
      throw new UsageFault(`${said}; that may be ${candidates.join(', ')}.`, 'Say which: --board BOARD');
    io.stderr.write(`testbed: ${said}${board === undefined ? '' : `: tested as ${board}`}\n`);
    return board === undefined ? undefined : { board, variant };
  } catch (error) {
    if (!(error instanceof SerialFault)) throw error;
    io.stderr.write(`testbed: the board on ${port} can not be asked which it is: ${error.message}\n`);
    return undefined;
  }
}
