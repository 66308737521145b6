import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { breakLease } from '../labstate/break-lease.ts';
import { describeHolder } from '../labstate/describe.ts';
import { LabStateFault } from '../labstate/fault.ts';
import { acquireLease, releaseLease, type Lease } from '../labstate/lease.ts';
import { endStrays } from '../process/strays.ts';
import { virtualRequest } from '../tentacle/virtual-client.ts';
import { startVirtualHost, VirtualHostFault, type VirtualHost } from '../tentacle/virtual-host.ts';
import { virtualBoardDirectory } from '../tentacle/virtual-protocol.ts';
import type { Io } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { openVirtualBench, type VirtualBench } from './virtual-bench.ts';

/** Far above what a busy machine needs. */
const POWER_LIMIT_MS = 30_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Powers virtual tentacles on, prints their ports, and keeps them until a signal comes: then 0, since that was the wish. */
export async function serveTentacles(request: {
  readonly ids: readonly string[];
  readonly options: { readonly config: string | undefined; readonly format: string | undefined };
  readonly io: Io;
  /** The command line, for whoever finds a tentacle taken. */
  readonly command: string;
}): Promise<number> {
  const { ids, options, io } = request;
  const bench = await openVirtualBench([...new Set(ids)], options.config, io);
  if (bench === undefined) return EXIT.usage;
  const stop = new AbortController();
  const stopped = signalled().then(() => stop.abort());
  const cookie = randomUUID();
  const leases: Lease[] = [];
  let host: VirtualHost | undefined;
  try {
    for (const tentacle of bench.tentacles)
      leases.push(await take(tentacle, bench, { command: request.command, cookie }));
    host = await startVirtualHost({ ...bench, cookie, signal: stop.signal });
    for (const { id } of bench.tentacles) {
      const answer = await virtualRequest(
        host.socket,
        { op: 'power-on', tentacle: id },
        { limitMs: POWER_LIMIT_MS },
      );
      if (!answer.ok) throw new Unserved(answer.message);
      const { port } = answer.status;
      io.stdout.write(options.format === 'json' ? `${JSON.stringify({ id, port })}\n` : `${id}  ${port}\n`);
    }
    const ended = await Promise.race([stopped, host.exited]);
    if (ended !== undefined && !stop.signal.aborted)
      throw new Unserved(`the host of the virtual boards ended: ${ended.evidence ?? 'nobody knows why'}`);
    return EXIT.ok;
  } catch (error) {
    // Whatever was going on ended because we were told to stop.
    if (stop.signal.aborted) return EXIT.ok;
    const expected = [Unserved, LabStateFault, VirtualHostFault].some((kind) => error instanceof kind);
    if (!(expected && error instanceof Error)) throw error;
    io.stderr.write(`testbed: ${error.message}\n`);
    return EXIT.error;
  } finally {
    await host?.close();
    for (const lease of leases) releaseLease(lease);
  }
}

/** Why serving ended against the user's wish. */
class Unserved extends Error {}

async function take(
  { id, leaseKey, disabled }: VirtualBench['tentacles'][number],
  { lab, stateDirectory }: VirtualBench,
  owner: { readonly command: string; readonly cookie: string },
): Promise<Lease> {
  if (disabled !== undefined) throw new Unserved(`${id} is disabled: ${disabled}`);
  const link = path.relative(
    stateDirectory,
    path.join(virtualBoardDirectory(stateDirectory, lab, id), 'tty'),
  );
  for (;;) {
    const acquired = acquireLease(stateDirectory, leaseKey, { ...owner, leftovers: [link] });
    if (acquired.ok) return acquired.lease;
    const { held } = acquired;
    const broken = held.liveness === 'dead' ? await breakLease(stateDirectory, held, endStrays) : undefined;
    if (broken === undefined || broken === 'elsewhere')
      throw new Unserved(`${id} is ${describeHolder(held)}`);
  }
}

function signalled(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve(undefined));
  });
}
