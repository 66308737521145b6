import type { Dropped } from './inherit.ts';
import type { LabFile } from './lab.generated.ts';
import type { Located } from './located.ts';
import type { OpenPlan } from './plan-files.ts';

/** What a lab was made of, with places. */
export interface WrittenLab {
  /** The lab file with its overlay laid over it; absent for a lab of one. */
  readonly file?: {
    readonly root: Located;
    readonly value: LabFile;
    /** Absolute, if there is an overlay. */
    readonly overlay?: string;
  };
  readonly plans: readonly OpenPlan[];
  readonly dropped: readonly Dropped[];
  /** Names of sources that `--source` gives. */
  readonly sourcesGiven: ReadonlySet<string>;
  /** Names of secrets that the environment gives. */
  readonly secretsGiven: ReadonlySet<string>;
}
