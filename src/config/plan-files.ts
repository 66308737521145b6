import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { textAt, type Located, type Spot } from './located.ts';
import { parseYaml } from './parse-yaml.ts';
import type { PlanFile } from './plan.generated.ts';
import { readText } from './read-file.ts';
import { validate } from './validate.ts';

const SHIPPED = fileURLToPath(new URL('../../plans/', import.meta.url));

/** The catalogue of boards. A start reads what `npm run generate` made of it, which is quicker. */
export const CATALOGUE = path.join(SHIPPED, 'boards.yaml');

/** A plan file as it stands, before anything is laid over it. */
export interface WrittenPlan {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly written: Located;
  /** The plans of its `extends:`, in their order; those that could not be read are missing. */
  readonly extends: readonly WrittenPlan[];
  /** The `plans:` entry that names it, or one that extends it; absent for a lab of one. */
  readonly named?: Spot;
}

/** A plan with the overrides of its specs laid over them. */
export interface OpenPlan extends WrittenPlan {
  /** Its `specs:` are those that are defined in this file, as they are in this lab. */
  readonly root: Located;
  /** What `root` says; only to be used when nothing had a fault. */
  readonly value: PlanFile;
}

/** The names of the plans that testbed ships, such as `smoke`; the catalogue of boards is none that one would name. */
export function shippedPlans(): string[] {
  return readdirSync(SHIPPED)
    .filter((file) => file.endsWith('.yaml') && file !== path.basename(CATALOGUE))
    .map((file) => path.basename(file, '.yaml'))
    .toSorted();
}

/** The absolute path of a shipped plan. */
export function shippedPlan(name: string): string {
  return path.join(SHIPPED, `${name}.yaml`);
}

/** Whether a plan comes with testbed, and so is not the reader's to change. */
export function isShipped({ file }: Pick<WrittenPlan, 'file'>): boolean {
  return file.startsWith(SHIPPED);
}

/** Reads the text of a plan, without what it extends. No `written` means that there is at least one fault. */
export async function readPlan(
  file: string,
): Promise<{ readonly name: string; readonly written?: Located; readonly faults: readonly Diagnostic[] }> {
  const text = readText(file, 'plan');
  if (!text.ok) return { name: '', faults: [text.fault] };
  const { root: written, faults } = await parseYaml(text.source);
  const name = textAt(written, 'plan')?.text ?? '';
  return written === undefined ? { name, faults } : { name, written, faults };
}

/** Reads a plan that extends none, and checks it against its schema. Without a plan there is at least one fault. */
export async function openPlan(
  file: string,
): Promise<{ readonly plan?: OpenPlan; readonly faults: readonly Diagnostic[] }> {
  const { name, written, faults } = await readPlan(file);
  if (written === undefined) return { faults };
  const { faults: more, value } = await validate('plan', written);
  return { plan: { name, file, written, root: written, value, extends: [] }, faults: [...faults, ...more] };
}
