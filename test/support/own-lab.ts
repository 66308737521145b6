import { Rig } from './rig.ts';

/** A test command that ends for nothing but KILL, once it has said `deaf`. */
export const DEAF = ['sh', '-c', "trap '' TERM INT; echo deaf; while :; do sleep 1; done"];

/** A line of `specs:` without roles, called by its name in capitals; `more` goes before what it has by itself. */
export function spec(name: string, command: readonly string[], more = ''): string {
  const own = `label: ${name.toUpperCase()}, help: x, command: ${JSON.stringify(command)}, results: exit-code`;
  const limits = ['timeout: 1m', 'grace: 1s'].filter((one) => !more.includes(one.split(' ')[0] ?? ''));
  return `  ${name}: { ${[own, ...limits, more].filter((part) => part !== '').join(', ')} }\n`;
}

/** What a lab of one plan, `own.yaml`, is made of: lines of YAML. */
interface OwnLab {
  readonly specs: string;
  readonly stages?: string;
  /** Default: none. */
  readonly tentacles?: string;
  /** What else the lab file says. */
  readonly more?: string;
}

/** Writes a lab for the host alone, or with these tentacles, and its plan. */
export function ownLab(rig: Rig, { specs, stages = '', tentacles = '{}', more = '' }: OwnLab): void {
  rig.lab(`plans: [./own.yaml]\ntentacles: ${tentacles}\n${more}`);
  rig.write('own.yaml', `plan: own\n${stages === '' ? '' : `stages:\n${stages}`}specs:\n${specs}`);
}

/** A line of a lab file: its hooks, by name. */
export function hooksLine(hooks: Readonly<Record<string, unknown>>): string {
  return `hooks: ${JSON.stringify(hooks)}\n`;
}

/** A rig with the lab and the plan, `plan.yaml`, that are given as text. */
export function planRig(lab: string, plan: string): Rig {
  const rig = new Rig();
  rig.lab(lab);
  rig.write('plan.yaml', plan);
  return rig;
}
