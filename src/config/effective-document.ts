import type { Effective } from './effective.ts';
import type { Instead, Origin, Shown } from './shown.ts';

/** The effective configuration as JSON: plain values, and by JSON pointer (RFC 6901) where each of them comes from. */
export interface EffectiveDocument {
  readonly config: unknown;
  /** Of every value that is no map or list, and of maps and lists that come from one place as a whole. */
  readonly origins: Readonly<Record<string, Origin & { readonly instead?: Instead }>>;
  /** Specs and stages that an override drops, and where. */
  readonly dropped: Effective['dropped'];
}

/** The JSON form of an effective configuration. */
export function effectiveDocument({ config, dropped }: Effective): EffectiveDocument {
  const origins: Record<string, Origin & { readonly instead?: Instead }> = {};
  const note = (shown: Shown, pointer: string): void => {
    const instead = shown.kind === 'map' ? undefined : shown.instead;
    if (shown.origin !== undefined)
      origins[pointer] = { ...shown.origin, ...(instead === undefined ? {} : { instead }) };
    if (shown.kind === 'map')
      for (const [key, value] of shown.entries) note(value, `${pointer}/${escaped(key)}`);
    if (shown.kind === 'list')
      for (const [index, item] of shown.items.entries()) note(item, `${pointer}/${index}`);
  };
  note(config, '');
  return { config: plainOf(config), origins, dropped };
}

/** The value alone. */
export function plainOf(shown: Shown): unknown {
  if (shown.kind === 'scalar') return shown.value;
  if (shown.kind === 'list') return shown.items.map(plainOf);
  return Object.fromEntries([...shown.entries].map(([key, value]) => [key, plainOf(value)]));
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
