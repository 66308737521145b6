import type { StageEnd } from '../../event/event.ts';
import { Masker } from '../../log/mask.ts';
import type { SpecName, StageName } from '../../model/ids.ts';
import type { HostStage, StageValues } from '../../model/stage.ts';
import { expand, templateVariables } from '../../model/template.ts';
import type { DispatcherRequest } from '../dispatcher-request.ts';
import type { StageGraph } from './stage-graph.ts';
import { StageKeeper, type StageFailure } from './stage-keeper.ts';

/** Whom the host stages tell. */
export interface HostStagesRequest extends Pick<
  DispatcherRequest,
  'session' | 'recorder' | 'pool' | 'cookie'
> {
  readonly graph: StageGraph;
  readonly onChange: () => void;
  readonly onBug: (bug: unknown) => void;
  /** A stage that was up is down; those that come after it go down by themselves. */
  readonly onDied: (stage: StageName, failure: StageFailure) => void;
}

/**
 * The host stages of a session: which are up, which are asked for, and in what order they come and go. Parents are ready
 * before their children are begun, and are ended after them.
 */
export class HostStages {
  readonly #graph: StageGraph;
  readonly #keepers: ReadonlyMap<StageName, StageKeeper>;
  /** Those that the next orders wait for. */
  readonly #asked = new Set<StageName>();

  constructor(request: HostStagesRequest) {
    const { graph, session, recorder, pool, cookie, onChange } = request;
    const { lab, secrets, directory } = session;
    const variables = templateVariables({
      lab: lab.name,
      python: lab.python,
      sources: Object.fromEntries(lab.sources.map(({ name, spec }) => [name, spec])),
      env: process.env,
      secrets,
      roles: [],
    });
    const masker = new Masker(secrets);
    this.#graph = graph;
    this.#keepers = new Map(
      graph.host.map((stage) => [
        stage.name,
        new StageKeeper({
          stage,
          recorder,
          pool,
          masker,
          cookie,
          sessionDirectory: directory,
          // Without `reload:` nobody looks, and what it may lack is told when it is begun.
          cwd: stage.reload.length === 0 ? '/' : expand(stage.cwd, variables),
          onChange,
          onBug: request.onBug,
          onDied: (failure) => {
            void this.#endChildren(
              stage.name,
              'parent',
              `The stage "${stage.name}" that it comes after is down.`,
            );
            request.onDied(stage.name, failure);
          },
        }),
      ]),
    );
  }

  /** Something is on its way that may let more be served. */
  get expecting(): boolean {
    return this.#keepers.values().some(({ moving }) => moving);
  }

  /** A new question: nobody is asked for yet. */
  forgetAsked(): void {
    this.#asked.clear();
  }

  /**
   * Whether a run of this spec could be started as far as its host stages go; if not, they are asked for. True, too, when one
   * of them is given up: to serve such an order is to be told so.
   */
  ready(spec: SpecName): boolean {
    const { host } = this.#graph.of(spec);
    if (host.length === 0 || this.failureOf(spec) !== undefined) return true;
    const keepers = host.map((stage) => this.#keeper(stage.name));
    if (keepers.every(({ state, changed }) => state === 'up' && !changed)) return true;
    for (const { name } of host) this.#asked.add(name);
    return false;
  }

  /** The first stage of a spec that is given up, and why. */
  failureOf(spec: SpecName): { readonly stage: StageName; readonly failure: StageFailure } | undefined {
    for (const { name: stage } of this.#graph.of(spec).host) {
      const { failure } = this.#keeper(stage);
      if (failure !== undefined) return { stage, failure };
    }
    return undefined;
  }

  /** What the host stages of a spec hand out, by name. */
  valuesOf(spec: SpecName): Record<StageName, StageValues> {
    return this.#valuesOf(this.#graph.of(spec).host);
  }

  /** The first of these whose process is gone, though we were not told yet. */
  deadAmong(stages: readonly StageName[]): StageName | undefined {
    return stages.find((stage) => this.#keeper(stage).isGone());
  }

  /** A run on these ended, and none of them died with it. */
  served(stages: readonly StageName[]): void {
    for (const stage of stages) this.#keeper(stage).served();
  }

  /** Ends what is to be begun anew or is not needed, and begins what was asked for. Synchronous, as all that begins. */
  settle(on: {
    readonly isUsed: (stage: StageName) => boolean;
    readonly isNeeded: (stage: StageName) => boolean;
  }): void {
    for (const { name } of this.#graph.host) {
      if (this.#isUsed(name, on.isUsed)) continue;
      if (this.#keeper(name).changed) this.#reload(name);
      else if (!on.isNeeded(name)) void this.#end(name, 'idle', 'Nobody needs it any more.');
    }
    for (const stage of this.#graph.host) {
      const keeper = this.#keeper(stage.name);
      if (!this.#asked.has(stage.name) || keeper.state !== 'down') continue;
      const parentsAreUp = this.#graph
        .parentsOf(stage)
        .every(({ name }) => this.#keeper(name).state === 'up');
      // Those that went down with its predecessor may still be on their way.
      const childrenAreDown = this.#graph
        .childrenOf(stage.name)
        .every(({ name }) => this.#keeper(name).isDown);
      if (parentsAreUp && childrenAreDown) keeper.begin(this.#valuesOf(this.#above(stage)));
    }
  }

  /** Ends all, children first; resolves when nothing is left. */
  async close(): Promise<void> {
    await Promise.all(this.#graph.host.map(({ name }) => this.#end(name, 'end', 'The session ends.')));
  }

  /** What is still going down is killed. */
  hurry(): void {
    for (const keeper of this.#keepers.values()) keeper.hurry();
  }

  /** Ends a stage, those that come after it first; `below` is told of these, if it is something else. */
  #end(name: StageName, why: StageEnd, reason: string, below = { why, reason }): Promise<void> {
    const children = this.#endChildren(name, below.why, below.reason);
    return this.#keeper(name).stop(why, reason, children);
  }

  #endChildren(name: StageName, why: StageEnd, reason: string): Promise<unknown> {
    return Promise.all(this.#graph.childrenOf(name).map((child) => this.#end(child.name, why, reason)));
  }

  #reload(name: StageName): void {
    const below = { why: 'parent', reason: `The stage "${name}" that it comes after is reloaded.` } as const;
    void this.#end(name, 'reload', 'A file that it reloads for was changed.', below);
  }

  /** Itself, or one that comes after it. */
  #isUsed(name: StageName, isUsed: (stage: StageName) => boolean): boolean {
    return isUsed(name) || this.#graph.childrenOf(name).some((child) => this.#isUsed(child.name, isUsed));
  }

  /** All that a stage comes after, directly or not. */
  #above(stage: HostStage): readonly HostStage[] {
    const parents = this.#graph.parentsOf(stage);
    return [...new Set(parents.flatMap((parent) => [...this.#above(parent), parent]))];
  }

  #valuesOf(stages: readonly HostStage[]): Record<StageName, StageValues> {
    return Object.fromEntries(stages.map(({ name }) => [name, this.#keeper(name).values]));
  }

  #keeper(name: StageName): StageKeeper {
    const keeper = this.#keepers.get(name);
    if (keeper === undefined) throw new Error(`Internal error: expected a host stage, was ${name}`);
    return keeper;
  }
}
