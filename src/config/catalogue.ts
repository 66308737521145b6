import type { Board } from '../model/lab.ts';
import { CATALOGUE_BOARDS } from './boards.generated.ts';
import { buildBoard } from './build-bench.ts';

let built: readonly Board[] | undefined;

/** The boards that testbed ships, as `plans/boards.yaml` describes them. */
export function catalogue(): readonly Board[] {
  built ??= Object.entries(CATALOGUE_BOARDS).map(([name, board]) => buildBoard(name, board));
  return built;
}
