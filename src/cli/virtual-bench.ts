import { UsageFault, type Io } from './command.ts';
import type { Tentacle } from '../model/lab.ts';

/** The virtual tentacles that a lab has, and where it keeps them. */
export interface VirtualBench {
  readonly lab: string;
  readonly stateDirectory: string;
  /** Those that were asked for, else all; in the order asked. */
  readonly tentacles: readonly Pick<Tentacle, 'id' | 'faults' | 'leaseKey' | 'disabled'>[];
}

/** The lab's name without a lab file: whatever ids are asked for are virtual boards. */
const NO_LAB = 'no-lab';
const ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * The virtual tentacles of these ids, from the lab file, or made up where there is none. Undefined: the lab file has
 * faults, which were printed. Throws `UsageFault` for an id that is not a virtual tentacle.
 */
export async function openVirtualBench(
  ids: readonly string[],
  config: string | undefined,
  io: Io,
): Promise<VirtualBench | undefined> {
  const { findLabFile } = await import('../config/find.ts');
  if (config === undefined && (await findLabFile(io.cwd)) === undefined) return await withoutLab(ids, io);
  const { openLab } = await import('./lab.ts');
  const open = await openLab({ config, port: undefined, board: undefined, source: [] }, io);
  if (open === undefined) return undefined;
  const { name, boards, tentacles, stateDirectory, file } = open.lab;
  const isVirtual = (tentacle: Tentacle): boolean =>
    boards.find((board) => board.name === tentacle.board)?.driver === 'virtual';
  const virtual = tentacles.filter(isVirtual);
  const asked = ids.map(
    (id) => virtual.find((tentacle) => tentacle.id === id) ?? refuse(id, tentacles, virtual),
  );
  if (ids.length === 0 && virtual.length === 0)
    throw new UsageFault(
      `the lab ${name} has no virtual tentacle.`,
      `Add one to ${file}: "v0: { board: VIRTUAL }".`,
    );
  return { lab: name, stateDirectory, tentacles: ids.length === 0 ? virtual : asked };
}

async function withoutLab(ids: readonly string[], io: Io): Promise<VirtualBench> {
  const { defaultStateDirectory } = await import('../config/build-bench.ts');
  const wrong = ids.find((id) => !ID.test(id));
  if (wrong !== undefined)
    throw new UsageFault(
      `${JSON.stringify(wrong)} can not be the id of a tentacle.`,
      'Letters, digits, "_", "-" and "." are.',
    );
  const wanted = ids.length === 0 ? ['v0'] : ids;
  return {
    lab: NO_LAB,
    stateDirectory: defaultStateDirectory(io.env),
    tentacles: wanted.map((id) => ({ id, faults: [], leaseKey: `lab:${NO_LAB}/${id}` })),
  };
}

function refuse(id: string, all: readonly Tentacle[], virtual: readonly Tentacle[]): never {
  const known = all.find((tentacle) => tentacle.id === id);
  const those = virtual.map((tentacle) => tentacle.id).join(', ');
  throw new UsageFault(
    known === undefined
      ? `this lab has no tentacle "${id}".`
      : `${id} is a real ${known.board}, not a virtual board.`,
    those === '' ? 'This lab has no virtual tentacle.' : `Its virtual tentacles: ${those}`,
  );
}
