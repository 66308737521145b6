import { styleText } from 'node:util';
import { colorStart, type Colors, type Meaning } from './theme.ts';

/** Paints a text, or leaves it as it is. */
type Style = (text: string) => string;

/** Colours by meaning, so that a theme has one place; each is the identity where colours are off. */
export interface Paint extends Readonly<Record<Meaning, Style>> {
  readonly on: boolean;
  readonly good: Style;
  readonly bad: Style;
  /** Neither good nor bad, but to be seen: what runs, skips, retries, warnings. */
  readonly note: Style;
  /** Names: of runs, specs, files. */
  readonly name: Style;
  /** What matters least. */
  readonly pale: Style;
  readonly bold: Style;
}

/** The terminal's own colours, for those who have no more than sixteen, and for who wants these. */
const OWN = { good: 'green', bad: 'red', note: 'cyan', name: 'blue', pale: 'dim' } as const;

/** Paints in these colours; `true` is the terminal's own. */
export function createPaint(colors: Colors | true): Paint {
  const on = colors !== false;
  // The caller has looked at the stream and the environment; styleText would look at process.stdout again.
  const named =
    (format: Parameters<typeof styleText>[0]): Style =>
    (text) =>
      on && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  const style = (meaning: Meaning): Style => {
    if (typeof colors !== 'object') return named(OWN[meaning]);
    const start = colorStart(colors[meaning]);
    return (text) => (text === '' ? text : `${start}${text}\u001b[39m`);
  };
  return {
    on,
    good: style('good'),
    bad: style('bad'),
    note: style('note'),
    name: style('name'),
    pale: style('pale'),
    bold: named('bold'),
  };
}
