import type { OutputStream } from '../renderer.ts';
import type { Outlet } from '../outlet/outlet.ts';

/** listr2 hides the cursor for good; our frames do it for themselves. */
const HIDE_CURSOR = '\u001b[?25l';

/** What listr2 needs of a terminal: its size is the stream's, what is written goes through an outlet and never waits. */
export function terminalStream(stream: OutputStream, outlet: Outlet): NodeJS.WriteStream {
  const terminal = {
    isTTY: true,
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    write(text: string): boolean {
      if (text !== HIDE_CURSOR) outlet.frame(text);
      return true;
    },
  };
  return terminal as unknown as NodeJS.WriteStream;
}
