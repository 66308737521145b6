import type { StageEnd, TestbedEvent } from '../../event/event.ts';
import type { RunId, SpecName, StageName, TentacleId } from '../../model/ids.ts';
import type { BoardStageJob, JobBinding, RunJob } from '../../model/job.ts';
import type { Binding } from '../../model/order.ts';
import type { DispatcherRequest } from '../dispatcher-request.ts';
import { tentaclesOf } from '../tentacles-of.ts';
import type { OutcomeMessage } from '../worker-host.ts';
import type { StageGraph } from './stage-graph.ts';
import type { StageFailure } from './stage-keeper.ts';
import type { HeldBoard, WarmBoard } from './warm-boards.ts';

/** So many failures in a row on one tentacle, and the stage is not tried there again. */
const MOST_FAILURES = 3;
/** A board that no run wanted for so long is let go, though one may come: others may wait for its lease. */
const IDLE_MS = 60_000;

export interface BoardStagesRequest extends Pick<
  DispatcherRequest,
  'session' | 'recorder' | 'desk' | 'bench'
> {
  readonly graph: StageGraph;
  readonly onChange: () => void;
  readonly onBug: (bug: unknown) => void;
}

/** A board that an earlier run left on, with our lease. */
interface Held extends HeldBoard {
  readonly idle: NodeJS.Timeout;
}

/** What is known of one stage on one tentacle. */
interface StageRecord {
  readonly starts: number;
  /** In a row. */
  readonly failures: number;
  readonly failure?: StageFailure;
}

const NOTHING: StageRecord = { starts: 0, failures: 0 };

/**
 * The tentacle stages of a session. The first run that starts from one prepares it in its setup phase; from then on the board
 * stays on, and ours, for the next.
 *
 *     off ── a run prepares it ──▶ in use ── the run ended well ──▶ held ── the next run of the stage ──▶ in use
 *      ▲                             │                               │
 *      └── teardown: it failed ──────┘   idle, parent down, end ─────┤
 *      └──── a run of something else begins anew ────────────────────┘
 *
 * What is held when the session ends goes to the runner, if there is one, and comes from there to the next session.
 */
export class BoardStages {
  readonly #request: BoardStagesRequest;
  readonly #held = new Map<TentacleId, Held>();
  /** What was begun on a tentacle and is not told stopped, in that order: in use ready or on its way, held ready. */
  readonly #begun = new Map<TentacleId, Set<StageName>>();
  readonly #records = new Map<string, StageRecord>();
  /** Boards that are being switched off. */
  readonly #leaving = new Set<Promise<void>>();

  /** Takes over what the runner has of the plan's tentacles. */
  constructor(request: BoardStagesRequest) {
    this.#request = request;
    const { session, bench } = request;
    for (const board of bench.boards.take(tentaclesOf(session.plan))) this.#takeOver(board);
  }

  /** A board is about to be free. */
  get expecting(): boolean {
    return this.#leaving.size > 0;
  }

  /** Whether a tentacle is ready for the runs of a spec. */
  isReady(spec: SpecName, tentacle: TentacleId): boolean {
    const wanted = this.#request.graph.of(spec).board;
    const held = this.#held.get(tentacle);
    return wanted.length > 0 && held !== undefined && wanted.every(({ name }) => held.stages.includes(name));
  }

  /** Why a stage of the spec is given up on one of these tentacles. */
  failureOn(
    spec: SpecName,
    bindings: readonly Binding[],
  ):
    { readonly stage: StageName; readonly tentacle: TentacleId; readonly failure: StageFailure } | undefined {
    for (const { name: stage } of this.#request.graph.of(spec).board)
      for (const { tentacle } of bindings) {
        const { failures, failure } = this.#record(stage, tentacle);
        if (failures >= MOST_FAILURES && failure !== undefined) return { stage, tentacle, failure };
      }
    return undefined;
  }

  /** The bindings of a run that begins now, with what is to become of their boards. What was held is the run's from here on. */
  forRun(run: RunId, spec: SpecName, bindings: readonly JobBinding[]): JobBinding[] {
    return bindings.map((binding) => {
      const stages = this.#jobsFor(spec, binding.tentacle.id);
      const wanted = stages.map(({ stage }) => stage.name);
      const own = stages.length === 0 ? binding : { ...binding, stages };
      const held = this.#take(binding.tentacle.id);
      if (held === undefined) return own;
      if (this.#fits(held, binding, wanted))
        return { ...own, kept: { stages: held.stages, mark: held.mark } };
      this.#stopped(binding.tentacle.id, 'asked-for', `${run} has its tentacle.`);
      return { ...own, restart: true };
    });
  }

  /** A worker told of a stage on a board. */
  event(event: TestbedEvent): void {
    const { stage, tentacle } = event;
    if (stage === undefined || tentacle === undefined) return;
    if (event.type === 'stage-started' || event.type === 'stage-respawned') {
      const begun = this.#begun.get(tentacle) ?? new Set();
      this.#begun.set(tentacle, begun.add(stage));
    }
    if (event.type === 'stage-stopped') this.#begun.get(tentacle)?.delete(stage);
    const record = this.#record(stage, tentacle);
    const now = recordAfter(event, record);
    if (now !== undefined) this.#records.set(keyOf(stage, tentacle), now);
  }

  /** The run is over: boards that it left on are held, with our lease, for whom they are ready. Gives the tentacles of these. */
  hold(
    { bindings, run }: RunJob,
    { kept = [], left = [], outcome }: OutcomeMessage,
  ): ReadonlySet<TentacleId> {
    for (const { tentacle: id, stages, mark } of kept) {
      const binding = bindings.find(({ tentacle }) => tentacle.id === id);
      if (binding === undefined)
        throw new Error(`Internal error: expected a tentacle of the run to be kept, was ${id}`);
      this.#request.desk.keep(id);
      this.#hold({ binding, stages, mark, until: performance.now() + IDLE_MS });
    }
    const held = new Set(kept.map(({ tentacle }) => tentacle));
    for (const { tentacle } of run.bindings) {
      if (held.has(tentacle)) continue;
      if (left.some((board) => board.tentacle === tentacle))
        this.#stopped(tentacle, 'asked-for', 'Somebody looks at the board.');
      else if (outcome.cause === 'interrupted') this.#stopped(tentacle, 'end', 'The session ends.');
      else this.#stopped(tentacle, 'died', `The board is off: ${run.id} ended in a way that leaves doubts.`);
    }
    return held;
  }

  /** Switches off what nobody needs any more. */
  settle(isNeeded: (stage: StageName) => boolean): void {
    for (const [id, { stages }] of this.#held)
      if (!stages.some((stage) => isNeeded(stage))) this.#letGo(id, 'idle', 'Nobody needs it any more.');
  }

  /** A host stage is down: so is what comes after it. */
  async parentDown(parent: StageName): Promise<void> {
    for (const [id, { stages }] of this.#held)
      if (stages.some((stage) => this.#request.graph.isAfter(stage, parent)))
        this.#letGo(id, 'parent', `The stage "${parent}" that it comes after is down.`);
    await Promise.all(this.#leaving);
  }

  /** A tentacle serves nobody any more: nothing is to be done to it. */
  forget(id: TentacleId, reason: string): void {
    const held = this.#take(id);
    if (held === undefined) return;
    this.#stopped(id, 'died', `Its tentacle ${reason}.`);
    this.#request.desk.claim([id]);
    this.#release(id);
  }

  /** Switches off all that is held, or leaves it to the runner; resolves when nothing is under way. */
  async close(): Promise<void> {
    const { bench } = this.#request;
    for (const [id, { stages }] of this.#held)
      if (bench.resident && stages.length > 0) bench.boards.keep([this.#handOver(id)]);
      else this.#letGo(id, 'end', 'The session ends.');
    await Promise.all(this.#leaving);
  }

  #hold(board: HeldBoard): void {
    const { id } = board.binding.tentacle;
    const idle = setTimeout(() => {
      this.#letGo(id, 'idle', `No run needed it for ${IDLE_MS / 1000} s.`);
    }, board.until - performance.now());
    this.#held.set(id, { ...board, idle });
  }

  /** What is not the same in this session is of no use: the first run there begins anew. */
  #takeOver({ binding, stages, mark, until, fingerprints, parents }: WarmBoard): void {
    const { session, bench, recorder } = this.#request;
    const tentacle = binding.tentacle.id;
    const known = session.lab.tentacles.find(({ id }) => id === tentacle);
    const same =
      JSON.stringify(known) === JSON.stringify(binding.tentacle) &&
      stages.every((stage) => bench.fingerprints.get(stage) === fingerprints[stage]) &&
      parents.every((stage) => bench.hostStages.isUp(stage));
    recorder.record({ type: 'tentacle-leased', tentacle });
    this.#hold({ binding, stages: same ? stages : [], mark, until });
    if (!same) return;
    for (const stage of stages)
      recorder.record({ type: 'stage-ready', tentacle, stage, kept: true, durationMs: 0 });
    this.#begun.set(tentacle, new Set(stages));
  }

  #handOver(id: TentacleId): WarmBoard {
    const { desk, bench, graph, recorder } = this.#request;
    const held = this.#take(id);
    if (held === undefined) throw new Error(`Internal error: expected a held board, was ${id}`);
    const { idle: _, ...board } = held;
    this.#stopped(id, 'kept', 'Its runner keeps it for the next session.');
    recorder.record({ type: 'tentacle-released', tentacle: id });
    return {
      ...board,
      lease: desk.handOver(id),
      fingerprints: Object.fromEntries(
        board.stages.map((stage) => [stage, bench.fingerprints.get(stage) ?? '']),
      ),
      parents: graph.host
        .map(({ name }) => name)
        .filter((host) => board.stages.some((stage) => graph.isAfter(stage, host))),
    };
  }

  #jobsFor(spec: SpecName, tentacle: TentacleId): BoardStageJob[] {
    const { graph, session } = this.#request;
    return graph.of(spec).board.map((stage) => ({
      stage,
      directory: `${session.directory}/stages/${stage.name}/${tentacle}`,
      start: this.#record(stage.name, tentacle).starts + 1,
    }));
  }

  /** More on top of what is there is fine, and less than what is there; something else is not. */
  #fits({ binding: { firmware }, stages }: Held, binding: JobBinding, wanted: readonly StageName[]): boolean {
    if (wanted.length === 0 || this.#request.session.options.flash === 'force') return false;
    if (firmware?.sha256 !== binding.firmware?.sha256) return false;
    return wanted.every((stage) => stages.includes(stage)) || stages.every((stage) => wanted.includes(stage));
  }

  #letGo(id: TentacleId, why: StageEnd, reason: string): void {
    const { desk, onChange, onBug } = this.#request;
    const held = this.#take(id);
    if (held === undefined) return;
    // Ours again, so that nobody is sent there meanwhile.
    desk.claim([id]);
    this.#stopped(id, why, reason);
    const off = this.#switchOff(id, held).catch(onBug);
    this.#leaving.add(off);
    void off.then(() => this.#leaving.delete(off)).then(onChange);
  }

  async #switchOff(id: TentacleId, { binding }: Held): Promise<void> {
    await this.#request.desk.powerOff([binding]);
    this.#release(id);
  }

  #release(id: TentacleId): void {
    const { desk, recorder } = this.#request;
    desk.release([id]);
    recorder.record({ type: 'tentacle-released', tentacle: id });
  }

  #take(id: TentacleId): Held | undefined {
    const held = this.#held.get(id);
    this.#held.delete(id);
    clearTimeout(held?.idle);
    return held;
  }

  /** All that was begun on a tentacle is no more, the last one first. */
  #stopped(tentacle: TentacleId, why: StageEnd, reason: string): void {
    const begun = [...(this.#begun.get(tentacle) ?? [])];
    this.#begun.delete(tentacle);
    for (const stage of begun.toReversed())
      this.#request.recorder.record({ type: 'stage-stopped', tentacle, stage, why, reason });
  }

  #record(stage: StageName, tentacle: TentacleId): StageRecord {
    return this.#records.get(keyOf(stage, tentacle)) ?? NOTHING;
  }
}

function keyOf(stage: StageName, tentacle: TentacleId): string {
  return `${stage} ${tentacle}`;
}

/** Undefined: the event changes nothing. */
function recordAfter(event: TestbedEvent, record: StageRecord): StageRecord | undefined {
  if (event.type === 'stage-started' || event.type === 'stage-respawned')
    return { ...record, starts: record.starts + 1 };
  if (event.type === 'stage-ready') return { starts: record.starts, failures: 0 };
  if (event.type !== 'stage-stopped' || event.why !== 'not-ready') return undefined;
  const { reason, evidence } = event;
  const failure = { reason, ...(evidence === undefined ? {} : { evidence }) };
  return { ...record, failures: record.failures + 1, failure };
}
