import { Gate } from './gate.ts';
import { Rig } from './rig.ts';

/** A lab whose tests wait at a gate until they are told how to end. */
export interface HeldLab extends AsyncDisposable {
  readonly rig: Rig;
  readonly gate: Gate;
}

/** So many specs of one run each: host-only ones (`S0`, `S1`, …), or with `board` such that all want the virtual board v0. */
export async function heldLab(count: number, on: 'host' | 'board' = 'host'): Promise<HeldLab> {
  const rig = new Rig();
  const gate = await Gate.open();
  rig.lab(`plans: [./held.yaml]\ntentacles: ${on === 'host' ? '{}' : '{ v0: { board: VIRTUAL } }'}\n`);
  const roles = on === 'host' ? '' : 'cover: once, roles: { dut: { feature: mcu } }, ';
  const specs = Array.from(
    { length: count },
    (_, i) =>
      `  s${i}: { label: S${i}, help: held, timeout: 1m, ${roles}command: ${JSON.stringify(gate.command(`s${i}`))}, results: exit-code }`,
  );
  rig.write('held.yaml', `plan: held\nspecs:\n${specs.join('\n')}\n`);
  return {
    rig,
    gate,
    [Symbol.asyncDispose]: async () => {
      await rig[Symbol.asyncDispose]();
      await gate[Symbol.asyncDispose]();
    },
  };
}
