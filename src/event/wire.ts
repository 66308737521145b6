import type { EventType, TestbedEvent } from './event.ts';

const HEAD = '{"type":"';
const ENVELOPE = ['session', 'order', 'run', 'attempt', 'tentacle', 'stage'] as const;

/**
 * An event as the compact JSON line that travels and is logged, without its newline: `type, seq, at`, then the envelope,
 * then the rest. An event that is still on its way to the dispatcher has no `seq` yet.
 */
export function toLine(event: TestbedEvent, at: number = event.at ?? Date.now()): string {
  const { type, seq, at: _, ...rest } = event as TestbedEvent & Record<string, unknown>;
  const head: Record<string, unknown> = seq === undefined ? { type, at } : { type, seq, at };
  for (const key of ENVELOPE) if (rest[key] !== undefined) head[key] = rest[key];
  return JSON.stringify(Object.assign(head, rest));
}

/** True for a line made by `toLine`, as opposed to any other message on the same pipe. */
export function isEventLine(line: string): boolean {
  return line.startsWith(HEAD);
}

/** The type of an event line, read without parsing it. */
export function typeOfLine(line: string): EventType {
  return line.slice(HEAD.length, line.indexOf('"', HEAD.length)) as EventType;
}

/** Puts the dispatcher's `seq` into a line that has none, without parsing it. */
export function withSeq(line: string, seq: number): string {
  const afterType = line.indexOf(',') + 1;
  return `${line.slice(0, afterType)}"seq":${seq},${line.slice(afterType)}`;
}

/** The event of a line; the line must be whole and of a known format. */
export function fromLine(line: string): TestbedEvent {
  return JSON.parse(line) as TestbedEvent;
}
