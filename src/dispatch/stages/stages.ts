import { setTimeout as delay } from 'node:timers/promises';
import type { TestbedEvent } from '../../event/event.ts';
import type { SpecName, StageName, TentacleId } from '../../model/ids.ts';
import type { JobBinding } from '../../model/job.ts';
import type { Binding, Order, TestRun } from '../../model/order.ts';
import type { HostStage, StageValues } from '../../model/stage.ts';
import type { InFlight } from '../in-flight.ts';
import type { DispatcherRequest } from '../dispatcher-request.ts';
import type { LostStage, Serving } from '../serving.ts';
import type { OutcomeMessage } from '../worker-host.ts';
import { BoardStages } from './board-stages.ts';
import type { HostStages } from './host-stages.ts';
import { OrdersLeft } from './orders-left.ts';
import { StageGraph } from './stage-graph.ts';
import { stageVariables } from './fingerprint.ts';
import type { StageFailure } from './stage-keeper.ts';

/** A process that was killed on a busy machine may take so long to go. */
const LOOK_MS = 200;

/** What the stages of a session work with, and whom they tell. */
export interface StagesRequest extends DispatcherRequest {
  /** Something may be served now that could not be before. */
  readonly onChange: () => void;
  /** A stage that was up is down: what runs on it is in vain. */
  readonly onDied: (lost: LostStage) => void;
  readonly onBug: (bug: unknown) => void;
}

/** Why an order can not be served for want of a stage. */
export interface Unstaged {
  readonly reason: string;
  readonly evidence?: string;
  /** It may yet be served elsewhere than on this tentacle. */
  readonly elsewhere?: TentacleId;
}

/** The stages of a session: what a dispatcher asks of them, in the order in which it asks. */
export class Stages {
  readonly #graph: StageGraph;
  readonly #host: HostStages;
  readonly #board: BoardStages;
  readonly #left: OrdersLeft;
  /** What nobody needs stays for a while. */
  readonly #resident: boolean;
  /** `ORDER TENTACLE` of orders that wait for another tentacle, because a stage is given up on this one. */
  readonly #refused = new Set<string>();

  constructor(request: StagesRequest) {
    const { session, bench } = request;
    const { lab, plan } = session;
    this.#graph = new StageGraph(lab);
    this.#left = new OrdersLeft(plan);
    this.#resident = bench.resident;
    this.#host = bench.hostStages;
    this.#host.bind({
      ...request,
      graph: this.#graph,
      variables: stageVariables(session),
      fingerprints: bench.fingerprints,
      onDied: (stage, failure) => request.onDied({ stage, ...failure }),
      onDown: (stage) => this.#board.parentDown(stage),
    });
    this.#board = new BoardStages({ ...request, graph: this.#graph });
  }

  /** Something is on its way that may let more be served. */
  get expecting(): boolean {
    return this.#host.expecting || this.#board.expecting;
  }

  /** A new question to the bartender: whose stages it asks for is remembered from here on. */
  forgetAsked(): void {
    this.#host.forgetAsked();
  }

  /** Whether the host stages of a spec let its runs be started; if not, they are asked for. */
  allow(spec: SpecName): boolean {
    return this.#host.ready(spec);
  }

  /** Whether any spec starts from a tentacle stage. */
  get onBoards(): boolean {
    return this.#graph.onBoards;
  }

  /** Whether a tentacle is ready for the runs of a spec. */
  isReady(spec: SpecName, tentacle: TentacleId): boolean {
    return this.#board.isReady(spec, tentacle);
  }

  /** Why an order can not be served on these, after all; undefined: it can. */
  obstacle({ spec }: Order, bindings: readonly Binding[]): Unstaged | undefined {
    const host = this.#host.failureOf(spec);
    if (host !== undefined) return unstaged(host.failure, `"${host.stage}" is given up`, host.stage);
    const board = this.#board.failureOn(spec, bindings);
    if (board === undefined) return undefined;
    const { stage, tentacle, failure } = board;
    const what = `"${stage}" is given up on tentacle ${tentacle}`;
    return { ...unstaged(failure, what, `${stage}/${tentacle}`), elsewhere: tentacle };
  }

  /** Whether this order was refused on this tentacle before; it is from now on. */
  refusedBefore({ id }: Order, tentacle: TentacleId): boolean {
    const key = `${id} ${tentacle}`;
    const before = this.#refused.has(key);
    this.#refused.add(key);
    return before;
  }

  /** What a run that begins now is told of its stages; what is held on its tentacles is the run's from here on. */
  forRun(
    { id, spec }: TestRun,
    bindings: readonly JobBinding[],
  ): {
    readonly bindings: readonly JobBinding[];
    readonly stages: Readonly<Record<StageName, StageValues>>;
    readonly hostStages: readonly StageName[];
    readonly preloads?: readonly HostStage[];
  } {
    const { host } = this.#graph.of(spec);
    const preloads = host.filter(({ ready }) => ready.kind === 'preload');
    return {
      bindings: this.#board.forRun(id, spec, bindings),
      stages: this.#host.valuesOf(spec),
      hostStages: host.map(({ name }) => name),
      ...(preloads.length === 0 ? {} : { preloads }),
    };
  }

  /** A run told something. */
  event(event: TestbedEvent): void {
    this.#board.event(event);
  }

  /**
   * A run that did not pass may have lost its stage a moment ago: gives the system time to show it, and resolves when it did, or
   * when there was time enough.
   */
  async lookForLoss(serving: Serving, { outcome }: OutcomeMessage): Promise<void> {
    if (serving.hostStages.length === 0 || outcome.verdict === 'pass' || outcome.verdict === 'skip') return;
    const limit = performance.now() + LOOK_MS;
    while (this.lostBy(serving) === undefined && performance.now() < limit) await delay(LOOK_MS / 10);
  }

  /** The stage that a run lost, if it did, whether or not we were told of it yet. */
  lostBy({ hostStages, lostStage }: Serving): LostStage | undefined {
    if (lostStage !== undefined) return lostStage;
    const stage = this.#host.deadAmong(hostStages);
    return stage === undefined ? undefined : { stage, reason: 'Its process is gone.' };
  }

  /** A run is over: the tentacles that it leaves to the next run of their stage, which stay ours. */
  ended(serving: Serving, message: OutcomeMessage): ReadonlySet<TentacleId> {
    const lost = this.lostBy(serving);
    if (lost === undefined) this.#host.served(serving.hostStages);
    const held = this.#board.hold(serving.job, message);
    if (lost !== undefined) void this.#board.parentDown(lost.stage);
    return held;
  }

  /** An order of the spec came to its end. */
  settled(spec: SpecName): void {
    this.#left.settled(spec);
  }

  /** An order of the spec that had its end is to be served once more. */
  again(spec: SpecName): void {
    this.#left.add(spec);
  }

  /** A tentacle serves nobody any more; the reason continues "tentacle 2731 …". */
  abandon(id: TentacleId, reason: string): void {
    this.#board.forget(id, reason);
  }

  /** Begins what was asked for, ends what nobody needs. Synchronous: the dispatcher's own step, when nothing can be served. */
  settle(inFlight: InFlight): void {
    const isNeeded = (stage: StageName): boolean => this.#left.any(this.#graph.specsOn(stage));
    // Boards come after host stages, and go before them.
    if (!this.#resident) this.#board.settle(isNeeded);
    this.#host.settle({ isUsed: (stage) => inFlight.on(stage).length > 0, isNeeded });
  }

  /** Ends all, or leaves to the bench what stays; boards first, which come after host stages. Resolves when nothing is under way. */
  async close(): Promise<void> {
    await this.#board.close();
    await this.#host.unbind();
  }

  /** What is still going down is killed. */
  hurry(): void {
    this.#host.hurry();
  }
}

/** What an order is told; the line that proves it is part of the sentence, because that is what summaries show. */
function unstaged({ reason, evidence }: StageFailure, what: string, directory: string): Unstaged {
  const proof = evidence === undefined || reason.includes(evidence) ? '' : ` ("${evidence}")`;
  return {
    reason: `The stage ${what}: ${reason.replace(/\.$/, '')}${proof}. Its output: stages/${directory}/output.txt`,
    ...(evidence === undefined ? {} : { evidence }),
  };
}
