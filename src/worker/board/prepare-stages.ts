import type { Ending } from '../../audit/ending.ts';
import type { BoardStageJob } from '../../model/job.ts';
import { SerialFault } from '../../serial/fault.ts';
import { TentacleFault } from '../../tentacle/fault.ts';
import { emit, since, type RunContext } from '../context.ts';
import type { StepEnd } from '../phases.ts';
import { StageOutput } from '../stage/stage-output.ts';
import { boardEnding } from './board-fault.ts';
import { nameOf, stagesToPrepare, type Place } from './place.ts';
import { onEach } from './power.ts';
import { StageFault, StageSteps } from './stage-steps.ts';

/** Setup, first half: the stages that the run starts from are ready on all its boards. */
export async function prepareStages(
  context: RunContext,
  places: readonly Place[],
): Promise<Ending | undefined> {
  const staged = places.filter(({ binding }) => binding.stages !== undefined);
  if (staged.length === 0) return undefined;
  return onEach(
    context,
    staged,
    'setup',
    (place, signal) => prepareOn(context, place, signal),
    // Each stage has its own limit, which says more.
    (place) =>
      stagesToPrepare(place).reduce(
        (sum, { stage }) => sum + stage.limitMs,
        place.binding.board.limits.setupMs,
      ),
  );
}

async function prepareOn(context: RunContext, place: Place, signal: AbortSignal): Promise<StepEnd> {
  const stages = stagesToPrepare(place);
  for (const stage of stages) {
    const ending = await prepareStage(context, place, stage, signal);
    if (ending !== undefined) return ending;
  }
  if (stages.length === 0) return 'kept';
  const { driver, binding } = place;
  const mark = await driver.powerMark({ limitMs: binding.board.limits.setupMs, signal });
  if (mark !== undefined) place.mark = mark;
  return 'done';
}

async function prepareStage(
  context: RunContext,
  place: Place,
  { stage, directory, start }: BoardStageJob,
  signal: AbortSignal,
): Promise<Ending | undefined> {
  const about = { run: context.job.run.id, tentacle: place.binding.tentacle.id, stage: stage.name };
  emit(
    context,
    start === 1 ? { type: 'stage-started', ...about } : { type: 'stage-respawned', ...about, start },
  );
  const startedAt = performance.now();
  const output = new StageOutput({
    directory,
    masker: context.masker,
    onFault: (message) => emit(context, { type: 'warning', ...about, message }),
  });
  const limit = AbortSignal.timeout(stage.limitMs);
  try {
    await new StageSteps({ context, place, stage, output, limit, signal }).run();
  } catch (fault) {
    const why = whyFailed(fault);
    if (why === undefined || signal.aborted) throw fault;
    const reason = context.masker.text(why);
    const evidence = output.evidence === '' ? {} : { evidence: output.evidence };
    emit(context, { type: 'stage-stopped', ...about, why: 'not-ready', reason, ...evidence });
    // A board that is gone is gone; for all else the stage is to blame.
    const lost = fault instanceof StageFault ? undefined : boardEnding(context, place, fault);
    if (lost?.kind === 'lost-tentacle') return lost;
    const said = `The stage "${stage.name}" did not get ready on ${nameOf(place)}: ${reason}`;
    return { kind: 'phase-failed', cause: 'stage-failed', reason: said, ...evidence };
  } finally {
    output.end();
  }
  place.ready.add(stage.name);
  emit(context, { type: 'stage-ready', ...about, durationMs: since(startedAt) });
  return undefined;
}

/** Undefined for bugs. */
function whyFailed(fault: unknown): string | undefined {
  const expected = [StageFault, SerialFault, TentacleFault].some((kind) => fault instanceof kind);
  return expected ? (fault as Error).message : undefined;
}
