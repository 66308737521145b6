import type { Ms } from '../model/ids.ts';

const UNITS = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** `1h30m`, `6m`, `60s`, `1.5s`, `500ms` in milliseconds; undefined for anything else. Bigger units stand first. */
export function parseDuration(text: string): Ms | undefined {
  const match = /^(?=\d)(?:([\d.]+)h)?(?:([\d.]+)m(?!s))?(?:([\d.]+)s)?(?:(\d+)ms)?$/.exec(text);
  if (match === null) return undefined;
  const [, h = '0', m = '0', s = '0', ms = '0'] = match;
  const total = Number(h) * UNITS.h + Number(m) * UNITS.m + Number(s) * UNITS.s + Number(ms) * UNITS.ms;
  return Number.isFinite(total) ? Math.round(total) : undefined;
}

/** A duration that the schema has already checked. */
export function durationOf(text: string): Ms {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new Error(`Internal error: expected a checked duration, was ${JSON.stringify(text)}`);
  return ms;
}

/** The shortest text that `parseDuration` reads as these ms, in one unit: `6m`, `90s`, `1500ms`. */
export function formatDuration(ms: Ms): string {
  const unit = (['h', 'm', 's'] as const).find((one) => ms > 0 && ms % UNITS[one] === 0) ?? 'ms';
  return `${ms / UNITS[unit]}${unit}`;
}
