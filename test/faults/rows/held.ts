import type { Held } from '../../support/gate.ts';
import { until } from '../../support/rig.ts';
import { lives, type Bench, type Sketch } from '../bench.ts';
import { hostUp } from '../virtual-host.ts';

/** Where in a run a fault comes. */
export type Moment = 'power' | 'test' | 'teardown';
export const MOMENTS: readonly Moment[] = ['power', 'test', 'teardown'];
export const SAID: Readonly<Record<Moment | 'starting', string>> = {
  starting: 'while starting',
  power: 'while the board gets power',
  test: 'in mid-test',
  teardown: 'in teardown',
};

/** They run one after the other. */
export const ONE_BY_ONE = ['--jobs', '1'];

/**
 * Three runs, one after the other, whose tests wait at the gate; the fault comes in the second. All are on one board, but for
 * the first where the fault comes as that board gets power: then nobody has touched it before.
 */
export function threeOnBoard(moment: Moment, how?: 'deaf'): (bench: Bench) => Record<string, Sketch> {
  return ({ gate }) => ({
    a: { command: gate.command('a'), priority: 1, ...(moment === 'power' ? {} : { board: true }) },
    b: { command: gate.command('b', how), board: true, grace: '1m', timeout: '3m' },
    c: { command: gate.command('c'), board: true },
  });
}

/** The same without a board. */
export function threeOnHost(limits: Partial<Sketch> = {}): (bench: Bench) => Record<string, Sketch> {
  return ({ gate }) => ({
    a: { command: gate.command('a') },
    b: { command: gate.command('b'), ...limits },
    c: { command: gate.command('c') },
  });
}

/** Kills at once, and waits until the kernel has done it. */
export async function kill(bench: Bench, ...pids: readonly number[]): Promise<void> {
  for (const pid of pids) bench.strike(pid, 'SIGKILL');
  await until(bench.rig.directory, () => (pids.some(lives) ? undefined : true), 5000);
}

/** The first run has passed, the test of the second waits. */
export async function inSecondTest(bench: Bench): Promise<Held> {
  (await bench.arrival()).release(0);
  return await bench.arrival();
}

/**
 * Brings the second run into the phase and leaves it there: a phase other than the test is held open by stopping the
 * virtual boards' host, for which it waits. Resolves with how to let the host go on.
 */
export async function holdSecondIn(bench: Bench, moment: Moment): Promise<() => void> {
  const stopHost = async (): Promise<() => void> => {
    const host = await hostUp(bench);
    process.kill(host, 'SIGSTOP');
    // The fault may have ended it: a session that waits for it in vain starts another one.
    return () => void (lives(host) && process.kill(host, 'SIGCONT'));
  };
  if (moment === 'power') {
    const first = await bench.arrival();
    const goOn = await stopHost();
    first.release(0);
    await bench.phase('B', 'power');
    return goOn;
  }
  const second = await inSecondTest(bench);
  if (moment === 'test') return () => undefined;
  const goOn = await stopHost();
  second.release(0);
  await bench.phase('B', 'teardown');
  return goOn;
}
