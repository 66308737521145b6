/** Draws frames one over the other, as listr2 wants its updater. */
export interface FrameUpdater {
  /** Shows this text in the place of the last one. */
  (text: string): void;
  /** Takes the last text away. */
  clear(): void;
  /** Leaves the last text where it is; the next one is a new one, below. */
  done(): void;
}

/**
 * Rewrites from the first line that has changed. A frame is a synchronised update: the terminal shows it at once, or not yet. For
 * terminals that do not know this the cursor is hidden, but within the frame only: whoever is killed between two leaves it visible.
 * The stock updater writes to stderr by itself besides, to hide the cursor, and that would wait for a terminal that is stopped.
 */
export function frameUpdater(write: (text: string) => void): FrameUpdater {
  let shown: readonly string[] = [];
  const replace = (from: number, lines: readonly string[]): void => {
    const up = shown.length - from;
    const back = up > 0 ? `\u001b[${up}A` : '';
    const text = lines
      .slice(from)
      .map((line) => `${line}\n`)
      .join('');
    write(`\u001b[?2026h\u001b[?25l${back}\u001b[0J${text}\u001b[?25h\u001b[?2026l`);
    shown = lines;
  };
  const update = (text: string): void => {
    const lines = text.split('\n');
    const same = lines.findIndex((line, index) => line !== shown[index]);
    if (same >= 0) replace(same, lines);
    else if (lines.length < shown.length) replace(lines.length, lines);
  };
  return Object.assign(update, {
    clear: () => {
      if (shown.length > 0) replace(0, []);
    },
    done: () => {
      shown = [];
    },
  });
}
