import type { EventType } from '../event/event.ts';

/** Every event type that this testbed knows; a log may hold others, which a reader skips. */
const KNOWN = {
  'session-started': true,
  'session-paused': true,
  'session-unpaused': true,
  'session-resumed': true,
  'session-finished': true,
  'tentacle-leased': true,
  'tentacle-released': true,
  'tentacle-held': true,
  'tentacle-kept': true,
  'tentacle-let-go': true,
  'tentacle-lost': true,
  'tentacle-identified': true,
  'firmware-flashed': true,
  'stage-started': true,
  'stage-ready': true,
  'stage-respawned': true,
  'stage-changed': true,
  'stage-stopped': true,
  'order-unschedulable': true,
  'order-not-run': true,
  'run-started': true,
  'phase-started': true,
  'phase-finished': true,
  'test-finished': true,
  measurement: true,
  'run-auditing': true,
  'run-finished': true,
  'run-retried': true,
  'bail-out': true,
  warning: true,
} as const satisfies Record<EventType, true>;

/** The same as a list. */
export const EVENT_TYPES = Object.keys(KNOWN) as readonly EventType[];

/** Whether this testbed knows what a type means. */
export function isKnownType(type: string): type is EventType {
  return Object.hasOwn(KNOWN, type);
}
