import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDuration } from '../config/duration.ts';
import type { TentacleId } from '../model/ids.ts';
import type { VirtualFault } from '../model/lab.ts';
import { isAlive } from '../process/identity.ts';
import { virtualRequest } from '../tentacle/virtual-client.ts';
import { virtualBoardDirectory, type VirtualHostFile } from '../tentacle/virtual-protocol.ts';
import { suggest } from '../util/suggest.ts';
import { UsageFault, type Io } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { openVirtualBench } from './virtual-bench.ts';

const LIMIT_MS = 10_000;

/** What the command line can say about a fault. */
export interface FaultOptions {
  readonly config: string | undefined;
  readonly format: string | undefined;
  readonly clear: boolean;
  readonly after: string | undefined;
  readonly for: string | undefined;
  readonly text: string | undefined;
  readonly every: string | undefined;
  readonly delay: string | undefined;
  readonly 'one-in': number | undefined;
  readonly version: string | undefined;
  readonly times: number | undefined;
}

/** Every kind of fault, made from what the command line says. */
const FAULTS: {
  readonly [K in VirtualFault['kind']]: {
    readonly uses: readonly (keyof FaultOptions)[];
    readonly make: (options: FaultOptions) => Extract<VirtualFault, { kind: K }>;
  };
} = {
  vanish: { uses: ['after'], make: (o) => ({ kind: 'vanish', afterMs: time(o, 'after', 0) }) },
  're-enumerate': {
    uses: ['after', 'for'],
    make: (o) => ({ kind: 're-enumerate', afterMs: time(o, 'after', 0), forMs: time(o, 'for', 1_000) }),
  },
  hang: { uses: ['after'], make: (o) => ({ kind: 'hang', afterMs: time(o, 'after', 0) }) },
  babble: {
    uses: ['text', 'every'],
    make: (o) => ({ kind: 'babble', text: o.text ?? 'babble', everyMs: Math.max(1, time(o, 'every', 100)) }),
  },
  slow: { uses: ['delay'], make: (o) => ({ kind: 'slow', delayMs: time(o, 'delay', 500) }) },
  drop: { uses: ['one-in'], make: (o) => ({ kind: 'drop', oneIn: count(o, 'one-in', 100) }) },
  'wrong-version': {
    uses: ['version'],
    make: (o) => ({ kind: 'wrong-version', version: o.version ?? '0.0.1' }),
  },
  'no-boot': { uses: ['times'], make: (o) => ({ kind: 'no-boot', times: count(o, 'times', 1) }) },
  'full-filesystem': { uses: [], make: () => ({ kind: 'full-filesystem' }) },
};
const DETAILS = ['after', 'for', 'text', 'every', 'delay', 'one-in', 'version', 'times'] as const;

/** Makes a running virtual tentacle misbehave, or stop to. Exit 3 when it is not running. */
export async function faultTentacle(request: {
  readonly positionals: readonly string[];
  readonly options: FaultOptions;
  readonly io: Io;
}): Promise<number> {
  const { positionals, options, io } = request;
  const [id, kind, ...more] = positionals;
  if (id === undefined || more.length > 0 || (kind === undefined) !== options.clear)
    throw new UsageFault(
      '"testbed tentacle fault" wants the id of a tentacle, and either a kind of fault or --clear.',
      `Kinds: ${Object.keys(FAULTS).join(', ')}`,
    );
  const fault = kind === undefined ? undefined : faultOf(kind, options);
  const bench = await openVirtualBench([id], options.config, io);
  if (bench === undefined) return EXIT.usage;
  const host = hostOf(bench.stateDirectory, bench.lab, id);
  if ('missing' in host) {
    io.stderr.write(`testbed: ${host.missing}\n`);
    return EXIT.error;
  }
  const message = fault === undefined ? ({ op: 'clear-faults' } as const) : ({ op: 'fault', fault } as const);
  const answer = await virtualRequest(host.socket, { ...message, tentacle: id }, { limitMs: LIMIT_MS });
  if (!answer.ok) {
    io.stderr.write(`testbed: ${answer.message}\n`);
    return EXIT.error;
  }
  const { faults } = answer.status;
  const text = faults.length === 0 ? 'no standing faults' : faults.map((each) => each.kind).join(', ');
  io.stdout.write(options.format === 'json' ? `${JSON.stringify({ id, faults })}\n` : `${id}  ${text}\n`);
  return EXIT.ok;
}

function faultOf(kind: string, options: FaultOptions): VirtualFault {
  if (!isKind(kind)) {
    const near = suggest(kind, Object.keys(FAULTS));
    throw new UsageFault(
      `there is no fault "${kind}".`,
      near === undefined ? `Kinds: ${Object.keys(FAULTS).join(', ')}` : `Did you mean "${near}"?`,
    );
  }
  const { uses, make } = FAULTS[kind];
  const useless = DETAILS.find((name) => options[name] !== undefined && !uses.includes(name));
  if (useless !== undefined)
    throw new UsageFault(
      `--${useless} says nothing about ${kind}.`,
      uses.length === 0
        ? `${kind} takes no option.`
        : `It takes ${uses.map((name) => `--${name}`).join(' and ')}.`,
    );
  return make(options);
}

function isKind(text: string): text is VirtualFault['kind'] {
  return Object.hasOwn(FAULTS, text);
}

function time(options: FaultOptions, name: 'after' | 'for' | 'every' | 'delay', byDefault: number): number {
  const text = options[name];
  if (text === undefined) return byDefault;
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new UsageFault(`--${name} wants a time, not "${text}".`, 'For example: 2s, 500ms, 1m30s');
  return ms;
}

function count(options: FaultOptions, name: 'one-in' | 'times', byDefault: number): number {
  const value = options[name] ?? byDefault;
  if (value < 1) throw new UsageFault(`--${name} wants 1 or more, not ${value}.`);
  return value;
}

/** Who hosts a board now; a note that a dead host left behind counts for nothing. */
function hostOf(
  stateDirectory: string,
  lab: string,
  id: TentacleId,
): { readonly socket: string } | { readonly missing: string } {
  const file = path.join(virtualBoardDirectory(stateDirectory, lab, id), 'host.json');
  let host: VirtualHostFile;
  try {
    host = JSON.parse(readFileSync(file, 'utf8')) as VirtualHostFile;
  } catch {
    return {
      missing: `${id} of the lab ${lab} has no power: start it with "testbed tentacle serve ${id}", or run tests on it`,
    };
  }
  if (isAlive(host.process)) return { socket: host.socket };
  return {
    missing: `${id} has no power: its host (pid ${host.process.pid}) is dead, and left ${file} behind. Start it anew with "testbed tentacle serve ${id}"`,
  };
}
