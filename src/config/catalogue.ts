import type { Board } from '../model/lab.ts';
import { buildBoard } from './build-bench.ts';
import { CATALOGUE, openPlan } from './plan-files.ts';

/** The boards that testbed ships, without those of any lab. */
export async function catalogue(): Promise<Board[]> {
  const { plan, faults } = await openPlan(CATALOGUE);
  if (faults.length > 0) throw new Error(`Internal error: expected a catalogue without a fault, was ${faults[0]?.message}`);
  return Object.entries(plan?.value.boards ?? {}).map(([name, board]) => buildBoard(name, board));
}
