import type { Ending } from '../../audit/ending.ts';
import { SerialFault } from '../../serial/fault.ts';
import { TentacleFault } from '../../tentacle/fault.ts';
import { unreachable } from '../../util/unreachable.ts';
import { emit, type RunContext } from '../context.ts';
import type { Place } from './place.ts';

/**
 * How a run ends that met a fault of its board or port; undefined when the fault is not of that kind, or is only what
 * being stopped looks like from inside. The tentacle is suspect from here on.
 */
export function boardEnding(context: RunContext, place: Place, fault: unknown): Ending | undefined {
  const ending = endingOf(context, place, fault);
  if (ending === undefined) return undefined;
  const { id } = place.binding.tentacle;
  context.suspect.add(id);
  if (ending.kind === 'lost-tentacle') {
    const evidence = context.masker.text(ending.evidence);
    emit(context, { type: 'tentacle-lost', run: context.job.run.id, tentacle: id, evidence });
  }
  return ending;
}

function endingOf(context: RunContext, place: Place, fault: unknown): Ending | undefined {
  const tentacle = place.binding.tentacle.id;
  if (fault instanceof SerialFault) {
    const reason = fault.message;
    const evidence = fault.evidence === undefined ? {} : { evidence: context.masker.text(fault.evidence) };
    switch (fault.kind) {
      case 'aborted':
        return undefined;
      case 'missing':
      case 'gone':
        return { kind: 'lost-tentacle', tentacle, evidence: reason };
      case 'busy':
      case 'ambiguous':
      case 'denied':
      case 'no-repl':
      case 'limit':
      case 'restarted':
      case 'refused':
        return { kind: 'phase-failed', cause: 'no-repl', reason, ...evidence };
      default:
        return unreachable(fault.kind);
    }
  }
  if (fault instanceof TentacleFault) {
    switch (fault.kind) {
      case 'aborted':
        return undefined;
      case 'host-gone':
        return { kind: 'lost-tentacle', tentacle, evidence: fault.message };
      case 'no-boot':
        return { kind: 'phase-failed', cause: 'no-repl', reason: fault.message };
      case 'flash-failed':
        return { kind: 'phase-failed', cause: 'flash-failed', reason: fault.message };
      case 'limit':
        return { kind: 'phase-failed', cause: 'timeout', reason: fault.message };
      default:
        return unreachable(fault.kind);
    }
  }
  return undefined;
}
