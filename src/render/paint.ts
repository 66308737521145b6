import { styleText } from 'node:util';

/** Paints a text, or leaves it as it is. */
type Style = (text: string) => string;

/** Colours by meaning, so that a theme has one place; each is the identity where colours are off. */
export interface Paint {
  readonly on: boolean;
  readonly good: Style;
  readonly bad: Style;
  /** Neither good nor bad, but to be seen: skips, retries, warnings. */
  readonly note: Style;
  /** Names: of runs, specs, files. */
  readonly name: Style;
  /** What matters least. */
  readonly pale: Style;
  readonly bold: Style;
}

/** The default theme: green, red, cyan, blue, pale. */
export function createPaint(on: boolean): Paint {
  // The caller has looked at the stream and the environment; styleText would look at process.stdout again.
  const style =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      on && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  return {
    on,
    good: style('green'),
    bad: style('red'),
    note: style('cyan'),
    name: style('blue'),
    pale: style('dim'),
    bold: style('bold'),
  };
}
