import { readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from '../../src/event/event.ts';
import type { TentacleId } from '../../src/model/ids.ts';
import { virtualRequest } from '../../src/tentacle/virtual-client.ts';
import { until } from '../support/rig.ts';
import { lives, type Bench } from './bench.ts';

const V0 = 'v0' as TentacleId;

/**
 * Resolves with the pid of the virtual boards' host once it answers. One that is stopped before it is up gives nobody a board:
 * after half a minute it is killed, and another one takes its place.
 */
export async function hostUp(bench: Bench): Promise<number> {
  const pid = await bench.pidOf('host');
  const socket = await until(bench.rig.directory, () => socketOf(pid));
  while (lives(pid)) {
    const answer = await virtualRequest(socket, { op: 'status', tentacle: V0 }, { limitMs: 30_000 });
    if (answer.ok) return pid;
    // Its socket is named before it is there.
    if (answer.reason !== 'host-gone') break;
    await delay(20);
  }
  throw new Error('the host of the virtual boards did not come up');
}

/** Beside its socket, a host says whose it is. */
function socketOf(pid: number): string | undefined {
  const names = readdirSync(os.tmpdir()).filter((name) => /^testbed-\w{6}$/.test(name));
  const own = names.find((name) => {
    try {
      const text = readFileSync(path.join(os.tmpdir(), name, 'owner.json'), 'utf8');
      return (JSON.parse(text) as ProcessIdentity).pid === pid;
    } catch {
      // Just being made, or somebody else's.
      return false;
    }
  });
  return own === undefined ? undefined : path.join(os.tmpdir(), own, 'boards');
}
