import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { suggest } from '../util/suggest.ts';
import { absoluteFrom } from './env-text.ts';
import { diagnose } from './fault.ts';
import type { TextNode } from './located.ts';
import { shippedPlan, shippedPlans } from './plan-files.ts';
import { findPackage, packagesWithPlans, plansOfPackage, readPackageName } from './plan-packages.ts';

/** Absolute paths, at least one; a package may bring several plans. */
export type ResolvedPlan = { readonly files: readonly string[] } | { readonly fault: Diagnostic };

/**
 * The files that an entry of `plans:` or `extends:` means: a path (relative to the file that it stands in), the name of a
 * shipped plan, an npm package (all its plans), or one plan of a package, as in `@us/plans/nightly`.
 */
export function resolvePlan(entry: TextNode): ResolvedPlan {
  const { text } = entry;
  const from = path.dirname(entry.spot.source.file);
  if (/^[./]|^~\/|\.(ya?ml|json)$/.test(text)) {
    const file = absoluteFrom(text, from);
    return existsSync(file) ? { files: [file] } : noPlan(entry, `there is no plan file ${file}`);
  }
  if (shippedPlans().includes(text)) return { files: [shippedPlan(text)] };
  const wanted = readPackageName(text);
  const home = wanted && findPackage(wanted.name, from);
  if (wanted === undefined || home === undefined) return noPlan(entry, `there is no plan "${text}"`);
  return fromPackage(entry, home, wanted);
}

function fromPackage(
  entry: TextNode,
  home: string,
  { name, plan }: { readonly name: string; readonly plan?: string },
): ResolvedPlan {
  const plans = plansOfPackage(home);
  if (plans.size === 0)
    return noPlan(entry, `the npm package "${name}" brings no plan`, `plans/*.yaml in ${home}`);
  if (plan === undefined) return { files: [...plans.values()] };
  const file = plans.get(plan);
  if (file !== undefined) return { files: [file] };
  const near = suggest(plan, plans.keys());
  return {
    fault: diagnose(entry.spot, entry.via, {
      message: `the npm package "${name}" has no plan "${plan}"`,
      expected: `one of ${[...plans.keys()].join(', ')}`,
      ...(near === undefined ? {} : { suggestion: `did you mean "${name}/${near}"?` }),
    }),
  };
}

function noPlan({ text, spot, via }: TextNode, message: string, expected?: string): ResolvedPlan {
  const from = path.dirname(spot.source.file);
  const file = [`${text}.yaml`, `${text}.yml`].find((name) => existsSync(path.resolve(from, name)));
  const near =
    file === undefined ? suggest(text, [...shippedPlans(), ...packagesWithPlans(from)]) : `./${file}`;
  const shipped = `a shipped plan (${shippedPlans().join(', ')}), the path of a file, or an npm package`;
  return {
    fault: diagnose(spot, via, {
      message,
      expected: expected ?? shipped,
      ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
    }),
  };
}
