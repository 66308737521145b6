import type { TestbedEvent } from '../../src/event/event.ts';
import { processesOf, until, type Rig } from '../support/rig.ts';

/** Types in order, with phase or verdict where there is one: a session's shape without its times. */
export function typesOf(events: readonly TestbedEvent[]): string[] {
  return events.map((event) => {
    if (event.type === 'phase-started' || event.type === 'phase-finished')
      return `${event.type} ${event.phase}`;
    if (event.type === 'run-finished') return `${event.type} ${event.verdict}`;
    return event.type;
  });
}

/** `ORDER verdict` of every finished run, sorted. */
export function runsOf(events: readonly TestbedEvent[]): string[] {
  return events
    .filter((event) => event.type === 'run-finished')
    .map((event) => `${event.run} ${event.verdict}`)
    .toSorted();
}

/** Resolves once no process of the rig is left. */
export async function nothingStays(rig: Rig): Promise<void> {
  await until(rig.directory, () => processesOf(rig.directory).length === 0 || undefined, 5000);
}
