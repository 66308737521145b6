import type { JobBinding } from '../model/job.ts';

/** So long a board may take to lose its power. */
const POWER_OFF_MS = 5000;

/**
 * Takes the power from boards that no worker has, where that can be done. Never rejects.
 *
 * @param virtualHost where the virtual boards are; undefined: nowhere, and so they have no power
 */
export async function powerOff(
  bindings: readonly Pick<JobBinding, 'tentacle' | 'board'>[],
  virtualHost: string | undefined,
): Promise<void> {
  if (bindings.length === 0) return;
  const { createDriver } = await import('../tentacle/create-driver.ts');
  const powered = bindings.filter(({ board }) => board.driver !== 'virtual' || virtualHost !== undefined);
  await Promise.allSettled(
    powered.map(async ({ tentacle, board }) => {
      const driver = createDriver(tentacle, board, { virtualHost });
      if (driver.canPower) await driver.powerOff({ limitMs: POWER_OFF_MS });
    }),
  );
}
