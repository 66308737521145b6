import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { KnownTentacle } from './bench.ts';
import { diagnose } from './fault.ts';
import { entriesAt, textAt, type LocatedEntry, type Spot } from './located.ts';
import { isShipped, type OpenPlan } from './plan-files.ts';

/** What the lab has for the roles of specs. */
interface RoleScope {
  readonly plans: readonly OpenPlan[];
  readonly tentacles: readonly KnownTentacle[];
  /** Features that somebody declares; a role that wants another one is told elsewhere. */
  readonly features: ReadonlySet<string>;
}

/** Roles that nobody here can fill: told once for a plan and a feature, because a plan is shared, and labs differ. */
export function checkRoles({ plans, tentacles, features }: RoleScope): Diagnostic[] {
  const present = tentacles.filter(({ disabled }) => !disabled);
  return plans.flatMap((plan) => {
    const nobody = new Map<string, { readonly spot: Spot; readonly specs: string[] }>();
    const tooFew: Diagnostic[] = [];
    for (const spec of entriesAt(plan.root, 'specs')) {
      const roles = rolesOf(spec).filter(({ feature }) => features.has(feature));
      const missing = roles.filter(({ feature }) => !present.some((one) => one.features.includes(feature)));
      for (const { feature, spot } of missing) {
        const known = nobody.get(feature) ?? { spot, specs: [] };
        if (!known.specs.includes(spec.key)) known.specs.push(spec.key);
        nobody.set(feature, known);
      }
      if (missing.length === 0) tooFew.push(...withoutPartner(spec.key, roles, present));
    }
    const unfilled = [...nobody].map(([feature, { spot, specs }]) =>
      diagnose(isShipped(plan) ? (plan.named ?? spot) : spot, undefined, {
        severity: 'warning',
        message: `no tentacle here has the feature "${feature}", so nobody can fill roles of: ${specs.join(', ')}`,
        ...disabledOnes(tentacles, feature),
      }),
    );
    return [...unfilled, ...tooFew.map((one) => (isShipped(plan) ? { ...one, ...plan.named } : one))];
  });
}

interface WrittenRole {
  readonly name: string;
  readonly feature: string;
  readonly spot: Spot;
}

function rolesOf(spec: LocatedEntry): WrittenRole[] {
  return entriesAt(spec.value, 'roles').flatMap(({ key: name, value }) => {
    const feature = textAt(value, 'feature');
    return feature === undefined ? [] : [{ name, feature: feature.text, spot: feature.spot }];
  });
}

/** A role for which no tentacle is left when each of the roles before it has one; a tentacle fills one role of a run. */
function withoutPartner(
  spec: string,
  roles: readonly WrittenRole[],
  tentacles: readonly KnownTentacle[],
): Diagnostic[] {
  const holders = new Map<KnownTentacle, WrittenRole>();
  const fill = (role: WrittenRole, asked: Set<KnownTentacle>): boolean =>
    tentacles.some((tentacle) => {
      if (asked.has(tentacle) || !tentacle.features.includes(role.feature)) return false;
      asked.add(tentacle);
      const holder = holders.get(tentacle);
      if (holder !== undefined && !fill(holder, asked)) return false;
      holders.set(tentacle, role);
      return true;
    });
  return roles
    .filter((role) => !fill(role, new Set()))
    .map(({ name, feature, spot }) => {
      const able = tentacles.filter((one) => one.features.includes(feature)).map(({ id }) => id);
      return diagnose(spot, undefined, {
        severity: 'warning',
        message: `nobody here can fill the role "${name}" of ${spec}: each role takes a tentacle of its own`,
        expected: `one more tentacle with the feature "${feature}", besides ${able.join(', ')}`,
      });
    });
}

function disabledOnes(tentacles: readonly KnownTentacle[], feature: string): Pick<Diagnostic, 'suggestion'> {
  const ids = tentacles.filter((one) => one.disabled && one.features.includes(feature)).map(({ id }) => id);
  return ids.length === 0 ? {} : { suggestion: `disabled, with that feature: ${ids.join(', ')}` };
}
