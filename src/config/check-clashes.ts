import { isDeepStrictEqual } from 'node:util';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { diagnose } from './fault.ts';
import { entriesAt, entryOf, nodeAt, textAt, type Located, type Spot } from './located.ts';
import type { OpenPlan, WrittenPlan } from './plan-files.ts';

/** Names that two plans of one lab give to different things: specs, their labels, and boards. */
export function checkClashes(lab: Located | undefined, plans: readonly OpenPlan[]): Diagnostic[] {
  return [...specClashes(plans), ...stageClashes(plans), ...boardClashes(lab, plans)];
}

function specClashes(plans: readonly OpenPlan[]): Diagnostic[] {
  const faults: Diagnostic[] = [];
  const taken = { name: new Map<string, Spot>(), label: new Map<string, Spot>() };
  const claim = (kind: 'name' | 'label', text: string, spot: Spot): void => {
    const first = taken[kind].get(text);
    if (first === undefined) taken[kind].set(text, spot);
    else
      faults.push(
        diagnose(spot, undefined, {
          message: `two specs have the ${kind} "${text}"`,
          also: [{ message: 'the other one', ...first }],
        }),
      );
  };
  for (const plan of plans)
    for (const { key, keySpot, value } of entriesAt(plan.root, 'specs')) {
      claim('name', key, keySpot);
      const label = textAt(value, 'label');
      if (label !== undefined) claim('label', label.text, label.spot);
    }
  return faults;
}

/** A spec names a stage by its name alone, whichever plan it is of. */
function stageClashes(plans: readonly OpenPlan[]): Diagnostic[] {
  const taken = new Map<string, Spot>();
  return plans
    .flatMap(({ root }) => entriesAt(root, 'stages'))
    .flatMap(({ key, keySpot }) => {
      const first = taken.get(key);
      if (first === undefined) taken.set(key, keySpot);
      const also = first === undefined ? [] : [{ message: 'the other one', ...first }];
      return first === undefined
        ? []
        : [diagnose(keySpot, undefined, { message: `two stages have the name "${key}"`, also })];
    });
}

/** Two plans may describe a board alike; if they differ, the lab file says how it is, or one plan extends the other. */
function boardClashes(lab: Located | undefined, plans: readonly OpenPlan[]): Diagnostic[] {
  const faults: Diagnostic[] = [];
  const first = new Map<string, { readonly plan: OpenPlan; readonly spot: Spot }>();
  for (const plan of plans)
    for (const { key, keySpot } of entriesAt(plan.root, 'boards')) {
      const other = first.get(key);
      if (other === undefined || extendsPlan(plan, other.plan)) first.set(key, { plan, spot: keySpot });
      else if (
        entryOf(nodeAt(lab, 'boards'), key) === undefined &&
        !extendsPlan(other.plan, plan) &&
        !isDeepStrictEqual(plan.value.boards?.[key], other.plan.value.boards?.[key])
      )
        faults.push(
          diagnose(keySpot, undefined, {
            message: `two plans describe the board ${key} in different ways`,
            suggestion: `say in boards: of the lab file which ${key} this lab has`,
            also: [{ message: 'the other one', ...other.spot }],
          }),
        );
    }
  return faults;
}

function extendsPlan(plan: WrittenPlan, base: WrittenPlan): boolean {
  return plan.extends.some((one) => one.file === base.file || extendsPlan(one, base));
}
