import os from 'node:os';
import path from 'node:path';
import type { Board, Tentacle, VirtualFault } from '../model/lab.ts';
import { unreachable } from '../util/unreachable.ts';
import { devicePath } from '../util/device-path.ts';
import { durationOf } from './duration.ts';
import type { Fault, Tentacle as WrittenTentacle } from './lab.generated.ts';
import type { Board as WrittenBoard } from './plan.generated.ts';

/** What `limits:` of a board leaves out. */
const LIMITS = { power: '10s', flash: '60s', verify: '10s', setup: '2m', teardown: '20s' } as const;

/** A board with everything that was left out filled in. */
export function buildBoard(name: string, board: WrittenBoard): Board {
  const limits = { ...LIMITS, ...board.limits };
  return {
    name,
    port: board.port,
    mcu: board.mcu,
    driver: board.driver ?? 'serial',
    variants: [...new Set(board.variants ?? [''])],
    features: [...new Set(board.features ?? ['mcu'])],
    ...(board.programmer === undefined ? {} : { programmer: board.programmer }),
    usb: Object.fromEntries(Object.entries(board.usb ?? {}).map(([mode, id]) => [mode, id.toLowerCase()])),
    limits: {
      powerMs: durationOf(limits.power),
      flashMs: durationOf(limits.flash),
      verifyMs: durationOf(limits.verify),
      setupMs: durationOf(limits.setup),
      teardownMs: durationOf(limits.teardown),
    },
    perfbench: board.perfbench ?? [100, 100],
  };
}

/** A tentacle with its board's features and the key by which it is leased. */
export function buildTentacle(
  id: string,
  written: WrittenTentacle,
  { lab, board }: { readonly lab: string; readonly board: Board },
): Tentacle {
  const { usb, port, wiring, power, disabled } = written;
  const serial = board.driver === 'serial';
  return {
    id,
    board: board.name,
    features: [...new Set([...board.features, ...(written.features ?? [])])],
    // A virtual board has neither plug nor port of its own.
    ...(usb === undefined || !serial ? {} : { usb: { ...usb } }),
    ...(port === undefined || !serial ? {} : { port }),
    relays: { ...written.relays },
    ...(wiring === undefined ? {} : { wiring }),
    tags: { ...written.tags },
    ...(power === undefined ? {} : { power: { ...power } }),
    ...(disabled === undefined ? {} : { disabled }),
    faults: (written.faults ?? []).map(buildFault),
    leaseKey: serial ? leaseKey(written, lab, id) : `lab:${lab}/${id}`,
  };
}

/** The same board is the same key in every lab file on this host. */
function leaseKey({ usb, port }: WrittenTentacle, lab: string, id: string): string {
  if (usb?.serial !== undefined) return `serial:${usb.serial.toLowerCase()}`;
  if (usb?.location !== undefined) return `location:${usb.location}`;
  return port === undefined ? `lab:${lab}/${id}` : `port:${devicePath(port)}`;
}

function buildFault(fault: Fault): VirtualFault {
  switch (fault.kind) {
    case 'vanish':
    case 'hang':
      return { kind: fault.kind, afterMs: durationOf(fault.after) };
    case 're-enumerate':
      return { kind: fault.kind, afterMs: durationOf(fault.after), forMs: durationOf(fault.for) };
    case 'babble':
      return { kind: fault.kind, text: fault.text, everyMs: durationOf(fault.every) };
    case 'slow':
      return { kind: fault.kind, delayMs: durationOf(fault.delay) };
    case 'drop':
      return { kind: fault.kind, oneIn: fault['one-in'] };
    case 'wrong-version':
    case 'no-boot':
    case 'full-filesystem':
      return fault;
    default:
      return unreachable(fault);
  }
}

/** `testbed/` in the XDG state directory: leases, ledger and health of all labs of this user. */
export function defaultStateDirectory(env: NodeJS.ProcessEnv): string {
  const xdg = env['XDG_STATE_HOME'];
  // The XDG specification: a relative path is invalid and ignored.
  const base =
    xdg !== undefined && path.isAbsolute(xdg)
      ? xdg
      : path.join(env['HOME'] ?? os.homedir(), '.local', 'state');
  return path.join(base, 'testbed');
}
