import { templateNames } from '../model/template.ts';
import { entriesAt, type Located, type TextNode } from './located.ts';
import type { KnownBoard, KnownTentacle } from './bench.ts';
import type { OpenPlan } from './plan-files.ts';
import { hookTexts, specTexts, stageTexts } from './template-texts.ts';

/** Features that MicroPython's tests know, so that a plan may ask for them in a lab where nobody has them. */
const WELL_KNOWN = ['mcu', 'extmod_hardware', 'wlan', 'ble'];

/** Every feature that is more than a misspelling. */
export function knownFeatures(
  boards: ReadonlyMap<string, KnownBoard>,
  tentacles: readonly KnownTentacle[],
): Set<string> {
  const owners = [...boards.values(), ...tentacles];
  return new Set([...WELL_KNOWN, ...owners.flatMap(({ features }) => features)]);
}

/** The tags that some tentacle has. */
export function knownTags(tentacles: readonly KnownTentacle[]): Set<string> {
  return new Set(tentacles.flatMap(({ node }) => entriesAt(node, 'tags').map(({ key }) => key)));
}

/** The names of all secrets that plans and the hooks of a lab file use. */
export function usedSecrets(plans: readonly OpenPlan[], lab?: Located): string[] {
  const hooks = entriesAt(lab, 'hooks').flatMap(({ value }) => namesIn(hookTexts(value)));
  return [...new Set([...templateNamesOf(plans), ...hooks])].flatMap((name) =>
    name.startsWith('secret.') ? [name.slice(7)] : [],
  );
}

/** What stands in any `${…}` of the plans' specs and stages, each name once. */
export function templateNamesOf(plans: readonly OpenPlan[]): string[] {
  const texts = plans.flatMap(({ root }) => [
    ...entriesAt(root, 'specs').flatMap(({ value }) => specTexts(value)),
    ...entriesAt(root, 'stages').flatMap(({ value }) => stageTexts(value)),
  ]);
  return [...new Set(namesIn(texts))];
}

function namesIn(texts: readonly TextNode[]): string[] {
  return texts.flatMap(({ text }) => templateNames(text).map(({ name }) => name));
}

/**
 * Values by name: the environment goes before the overlay, because it is said later. An empty one counts as not set: there
 * is nothing to hide in it, and masking nothing would mask everything.
 */
export function secretsFor(
  used: readonly string[],
  overlay: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const names = new Set([...used, ...Object.keys(overlay)]);
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const value = env[name] === undefined || env[name] === '' ? overlay[name] : env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

/** The secrets that the environment gives, by name. */
export function secretsGiven(
  secrets: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): ReadonlySet<string> {
  return new Set(Object.keys(secrets).filter((name) => env[name] !== undefined && env[name] !== ''));
}
