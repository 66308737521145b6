import type { TentacleId } from '../model/ids.ts';
import type { Lab } from '../model/lab.ts';

/** Tentacles of a serial port that are not there now, each with its reason as it continues "tentacle 2731 …". */
export async function unreachableTentacles(lab: Lab): Promise<Map<TentacleId, string>> {
  const driverOf = new Map(lab.boards.map((board) => [board.name, board.driver]));
  const onPorts = lab.tentacles.filter(
    ({ board, disabled }) => disabled === undefined && driverOf.get(board) === 'serial',
  );
  if (onPorts.length === 0) return new Map();
  const { findPort } = await import('../serial/ports.ts');
  return new Map(
    onPorts.flatMap((tentacle) => {
      const found = findPort(tentacle);
      return found.ok
        ? []
        : [[tentacle.id, `is not connected: ${whyMissing(found.fault, tentacle.id)}`] as const];
    }),
  );
}

/** Why a tentacle's port was not found, where its name and that it is not connected were said before. */
export function whyMissing({ message }: Error, id: TentacleId): string {
  return message.replace(`tentacle ${id}: `, '').replace('not connected: ', '');
}
