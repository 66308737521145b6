import type { Board, Tentacle } from '../model/lab.ts';
import { unreachable } from '../util/unreachable.ts';
import type { Driver } from './driver.ts';
import { SerialDriver } from './serial-driver.ts';
import { VirtualDriver } from './virtual-driver.ts';

/** The driver of a tentacle; `virtualHost` is the socket of the virtual boards' host, needed for those only. */
export function createDriver(
  tentacle: Tentacle,
  board: Board,
  options: { readonly virtualHost?: string | undefined } = {},
): Driver {
  switch (board.driver) {
    case 'serial':
      return new SerialDriver(tentacle);
    case 'virtual':
      if (options.virtualHost === undefined)
        throw new Error(
          `Internal error: expected a host for the virtual tentacle ${tentacle.id}, was undefined`,
        );
      return new VirtualDriver(tentacle, options.virtualHost);
    default:
      return unreachable(board.driver);
  }
}
