import type { UserFile } from '../config/user.generated.ts';

/** What a colour says; each has one place in a theme. */
export type Meaning = keyof NonNullable<UserFile['colors']>;

/**
 * Colours by meaning: three digits 0 to 5 are red, green and blue of the 6×6×6 cube that terminals of 256 colours have
 * (`050` is green), or `#rrggbb`.
 */
export type Theme = Readonly<Record<Meaning, string>>;

/** The themes that are there. `terminal` is the terminal's own sixteen colours, as its user chose them. */
const THEMES = {
  /** For dark backgrounds: green, red, cyan, blue, pale. */
  dark: { good: '050', bad: '500', note: '155', name: '025', pale: '433' },
  light: { good: '020', bad: '400', note: '023', name: '014', pale: '222' },
  terminal: undefined,
} as const satisfies Readonly<Record<NonNullable<UserFile['theme']>, Theme | undefined>>;

/** The colours of a stream: none, the terminal's own sixteen, or a theme's. */
export type Colors = false | 'terminal' | Theme;

/** The colours that a user wants: of their theme, `dark` if they name none, and of their own. */
export function colorsFor({ theme = 'dark', colors = {} }: UserFile): Colors {
  const base = THEMES[theme];
  if (base === undefined && Object.keys(colors).length === 0) return 'terminal';
  return { ...THEMES.dark, ...base, ...colors };
}

/** The escape sequence that begins a colour of a theme. */
export function colorStart(color: string): string {
  if (color.startsWith('#')) {
    const parts = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
    return `\u001b[38;2;${parts.join(';')}m`;
  }
  const [red = 0, green = 0, blue = 0] = color.split('').map(Number);
  return `\u001b[38;5;${16 + 36 * red + 6 * green + blue}m`;
}
