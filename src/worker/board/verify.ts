import { boardVariantOf } from '../../model/ids.ts';
import { identify, type Identification } from '../../tentacle/identify.ts';
import { emit, type RunContext } from '../context.ts';
import type { StepEnd } from '../phases.ts';
import { connect, nameOf, stagesToPrepare, type Place } from './place.ts';

/** Verify: the board answers on its REPL, and is and runs what the run was promised. Leaves the REPL open. */
export async function verify(context: RunContext, place: Place, signal: AbortSignal): Promise<StepEnd> {
  const { binding } = place;
  const limits = { limitMs: binding.board.limits.verifyMs, signal };
  if (place.ready.size > 0) {
    // It was on ever since, and ours. Whoever only starts a command need not even ask.
    if (needsRepl(context, place)) await connect(place, limits);
    return 'kept';
  }
  const repl = await connect(place, limits);
  // What a board without a switch still does, be it for a stage that nobody has any more, nothing else has ended.
  if (!place.driver.canPower) await repl.softReset(limits);
  const identity = await identify(repl, limits);
  place.version = identity.version;
  emit(context, {
    type: 'tentacle-identified',
    run: context.job.run.id,
    tentacle: binding.tentacle.id,
    version: identity.version,
    machine: identity.machine,
    ...(identity.uniqueId === undefined ? {} : { uniqueId: identity.uniqueId }),
  });
  return (
    wrongBoard(place, identity) ??
    wrongVariant(context, place, identity) ??
    wrongFirmware(context, place, identity) ??
    'done'
  );
}

function needsRepl({ job: { spec } }: RunContext, place: Place): boolean {
  return spec.results === 'repl' || spec.needs.length > 0 || stagesToPrepare(place).length > 0;
}

/** `sys.platform` where it is not the name of the port's directory. */
const PORTS: Readonly<Record<string, string>> = {
  pyboard: 'stm32',
  WiPy: 'cc3200',
  linux: 'unix',
  darwin: 'unix',
};

function wrongBoard(place: Place, { platform, machine, build }: Identification): StepEnd | undefined {
  const { board } = place.binding;
  const port = PORTS[platform] ?? platform;
  // Two boards of one port differ only in what their firmware was built for. Ports without boards say a variant there.
  const built = build !== undefined && /^[A-Z][A-Z0-9_]*(-|$)/.test(build) ? build : undefined;
  const fits = built === undefined || built === board.name || built.startsWith(`${board.name}-`);
  // The board of a lab of one that could not be asked what it is was promised to nobody.
  if (board.port === 'unknown' || (board.port === port && fits)) return undefined;
  return {
    kind: 'phase-failed',
    cause: 'wrong-board',
    reason:
      `On ${place.port} there should be ${nameOf(place)}, a ${board.name} (port ${board.port}), ` +
      `but what answers is a "${machine}" (${built ?? `port ${port}`}). ` +
      'Look at the cabling and at "usb:" in the lab file.',
  };
}

/** Nobody put firmware on this board for us: what it carries must be what the order is about, as far as it says so. */
function wrongVariant(
  context: RunContext,
  place: Place,
  { build, version }: Identification,
): StepEnd | undefined {
  const { board, boardVariant, firmware, variant } = place.binding;
  if (firmware !== undefined || build === boardVariant) return undefined;
  const says = board.variants.map((each) => boardVariantOf(board.name, each)).find((each) => each === build);
  // Firmware older than MicroPython 1.25 does not say what it was built for: it may pass for the default, for nothing else.
  if (says === undefined && variant === '') return undefined;
  return {
    kind: 'phase-failed',
    cause: 'wrong-firmware',
    reason:
      `${nameOf(place)} should run ${boardVariant}, but ${says === undefined ? 'does not say which variant it runs' : `runs ${says}`}, ` +
      (place.driver.canFlash && context.setup.flash === 'skip'
        ? 'and --flash skip leaves it so. Run it without that once'
        : `and testbed can not flash a ${board.name} yet. Flash it by hand`) +
      `, or leave this out: --skip board:${boardVariant}`,
    evidence: `sys.implementation: ${version}; ${build ?? 'no _build'}`,
  };
}

function wrongFirmware(
  context: RunContext,
  place: Place,
  { version, machine }: Identification,
): StepEnd | undefined {
  const { firmware, tentacle } = place.binding;
  if (firmware === undefined || context.setup.flash === 'skip' || version === firmware.version)
    return undefined;
  context.suspect.add(tentacle.id);
  return {
    kind: 'phase-failed',
    cause: 'wrong-firmware',
    reason:
      `${nameOf(place)} should run MicroPython ${firmware.version} (${firmware.sha256.slice(0, 12)}), ` +
      `but says that it runs ${version}. Run once with --flash force.`,
    evidence: `sys.implementation: ${version}; ${machine}`,
  };
}
