import type { EventType, TestbedEvent } from '../event/event.ts';
import { fromLine, typeOfLine } from '../event/wire.ts';

/** The event of a worker's line; a sentence, if it is none, or not the worker's to say. */
export function heardEvent(line: string, sayable: ReadonlySet<EventType>): TestbedEvent | string {
  if (!sayable.has(typeOfLine(line))) return 'an event that is not its to say';
  try {
    return fromLine(line);
  } catch {
    return 'an event that can not be read';
  }
}
