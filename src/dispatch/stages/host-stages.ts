import { rmSync } from 'node:fs';
import path from 'node:path';
import type { StageEnd } from '../../event/event.ts';
import { Masker } from '../../log/mask.ts';
import type { SpecName, StageName } from '../../model/ids.ts';
import type { HostStage, StageValues } from '../../model/stage.ts';
import { expand } from '../../model/template.ts';
import type { Recorder } from '../recorder.ts';
import type { Residence } from '../residence.ts';
import type { WorkerPool } from '../worker-pool.ts';
import { StageGraph } from './stage-graph.ts';
import { StageIdle } from './stage-idle.ts';
import { StageKeeper, type StageBasis, type StageFailure } from './stage-keeper.ts';
import { StageOutputs } from './stage-outputs.ts';

/** What host stages are made from once, for all sessions that they see. */
export interface HostStagesRequest {
  readonly pool: WorkerPool;
  readonly cookie: string;
  /** Where they stay when a session ends; undefined: they end with it. */
  readonly residence: Residence | undefined;
  /** A stage is down, or about to be, while no session is served. Resolves when what comes after it is down. */
  readonly onDown: (stage: StageName) => Promise<void>;
}

/** The session that is served, and is told. */
export interface HostStagesSession {
  readonly recorder: Pick<Recorder, 'record' | 'recordLine'>;
  readonly session: { readonly directory: string; readonly secrets: Readonly<Record<string, string>> };
  readonly graph: StageGraph;
  /** What `${…}` stands for in all stages. */
  readonly variables: Readonly<Record<string, string>>;
  /** As `fingerprintOf` gives them, by name. */
  readonly fingerprints: ReadonlyMap<StageName, string>;
  readonly onChange: () => void;
  readonly onBug: (bug: unknown) => void;
  /** A stage that was up is down, though nobody asked for it; `onDown` comes first. */
  readonly onDied: (stage: StageName, failure: StageFailure) => void;
  /** A stage is down, or about to be. Resolves when those boards are off that come after it; host stages do by themselves. */
  readonly onDown: (stage: StageName) => Promise<void>;
}

/** A stage that is begun, for a person; times are epoch ms. */
export interface StageNow {
  readonly stage: StageName;
  readonly state: StageKeeper['state'];
  /** Since when it is up; null: it is not. */
  readonly since: number | null;
  /** Secrets masked. */
  readonly values: StageValues;
}

/**
 * The host stages of a bench: which are up, which are asked for, and in what order they come and go. Parents are ready
 * before their children are begun, and are ended after them.
 *
 *     nobody's ── bind() ──▶ a session's ── unbind(): all are ended, or, with a residence, what is up stays ──▶ nobody's
 */
export class HostStages {
  readonly #request: HostStagesRequest;
  readonly #keepers = new Map<StageName, StageKeeper>();
  /** Those that the plan does not have any more are on their way down. */
  readonly #retiring = new Set<Promise<unknown>>();
  /** Those that the next orders wait for. */
  readonly #asked = new Set<StageName>();
  readonly #idle: StageIdle | undefined;
  #graph = new StageGraph({ specs: [], stages: [] });
  #session: HostStagesSession | undefined;
  #outputs: StageOutputs | undefined;

  constructor(request: HostStagesRequest) {
    this.#request = request;
    const { residence } = request;
    if (residence !== undefined)
      this.#idle = new StageIdle(residence.stageIdleMs, {
        lastUses: () => this.#lastUses(),
        end: (stage) => void this.#end(stage, 'idle', 'Nobody needed it for long.'),
      });
  }

  /** Those that are begun. */
  get now(): readonly StageNow[] {
    return [...this.#keepers]
      .filter(([, { isDown }]) => !isDown)
      .map(([stage, { state, since, toldValues }]) => ({
        stage,
        state,
        since: state === 'up' ? since : null,
        values: state === 'up' ? toldValues : {},
      }));
  }

  /** Resolves when it is known which of those that are up are to be begun anew, because a file was changed. */
  async look(): Promise<void> {
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.look()));
  }

  /** This session is served from now on. */
  bind(session: HostStagesSession): void {
    if (this.#session !== undefined) throw new Error('Internal error: expected no session, was one');
    this.#idle?.rest();
    const names = new Set(session.graph.host.map(({ name }) => name));
    this.#retire([...this.#keepers.keys()].filter((name) => !names.has(name)));
    this.#session = session;
    this.#graph = session.graph;
    const { residence } = this.#request;
    const { directory } = session.session;
    this.#outputs =
      residence === undefined
        ? undefined
        : new StageOutputs(path.join(residence.directory, 'stages'), directory);
    for (const stage of session.graph.host) {
      const basis = this.#basisOf(stage, session);
      const keeper = this.#keepers.get(stage.name);
      if (keeper === undefined) this.#keepers.set(stage.name, this.#newKeeper(basis));
      else keeper.adopt(basis);
    }
  }

  /** The session is over: resolves when nothing of it is on its way up or down. */
  async unbind(): Promise<void> {
    const stays = ({ state, changed }: StageKeeper): boolean =>
      this.#request.residence !== undefined && state === 'up' && !changed;
    const going = [...this.#keepers].filter(([, keeper]) => !stays(keeper));
    await Promise.all([
      ...going.map(([name]) => this.#end(name, 'end', 'The session ends.')),
      ...this.#retiring,
    ]);
    for (const keeper of this.#keepers.values()) if (keeper.state === 'up') keeper.leave();
    this.#session = undefined;
    this.#asked.clear();
    this.#outputs?.keep();
    this.#outputs = undefined;
    this.#idle?.watch();
  }

  /** The session ends by a bug: nobody is told of anything any more. */
  abandon(): void {
    this.#session = undefined;
  }

  /** Ends all, children first; resolves when nothing is left. */
  async close(): Promise<void> {
    this.#idle?.rest();
    const all = [...this.#keepers.keys()].map((name) => this.#end(name, 'end', 'The runner ends.'));
    await Promise.all([...all, ...this.#retiring]);
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
    if (keepers.every(({ state, changed }) => state === 'up' && !changed)) {
      for (const keeper of keepers) {
        keeper.use();
        this.#outputs?.link(keeper.stage.name);
      }
      return true;
    }
    for (const { name } of host) this.#asked.add(name);
    return false;
  }

  /** Whether a stage is up, and the same as when it was begun. */
  isUp(stage: StageName): boolean {
    const keeper = this.#keepers.get(stage);
    return keeper?.state === 'up' && !keeper.changed;
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

  /** These are begun anew as soon as no run uses them; undefined: all. Gives the names of those that are up. */
  reload(stages: readonly StageName[] | undefined): readonly StageName[] {
    const up = [...this.#keepers].filter(
      ([name, { isDown }]) => !isDown && (stages === undefined || stages.includes(name)),
    );
    for (const [, keeper] of up) keeper.changed = true;
    if (this.#session !== undefined) this.#session.onChange();
    else for (const [name] of up) this.#reload(name);
    return up.map(([name]) => name);
  }

  /** Ends what is to be begun anew or is not needed, and begins what was asked for. Synchronous, as all that begins. */
  settle(on: {
    readonly isUsed: (stage: StageName) => boolean;
    readonly isNeeded: (stage: StageName) => boolean;
  }): void {
    for (const { name } of this.#graph.host) {
      if (this.#isUsed(name, on.isUsed)) continue;
      if (this.#keeper(name).changed) this.#reload(name);
      else if (!on.isNeeded(name) && this.#idle?.isWarm(this.#lastUse(name)) !== true)
        void this.#end(name, 'idle', 'Nobody needs it any more.');
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
      if (parentsAreUp && childrenAreDown) this.#begin(stage, keeper);
    }
  }

  /** What is still going down is killed; without a residence, all. */
  hurry(): void {
    for (const keeper of this.#keepers.values())
      if (this.#request.residence === undefined || keeper.state !== 'up') keeper.hurry();
  }

  #begin(stage: HostStage, keeper: StageKeeper): void {
    const { residence } = this.#request;
    // What it printed for earlier sessions they have.
    if (residence !== undefined && keeper.starts === 0)
      rmSync(path.join(residence.directory, 'stages', stage.name, 'output.txt'), { force: true });
    this.#outputs?.link(stage.name);
    keeper.begin(this.#valuesOf(this.#above(stage)));
  }

  #basisOf(stage: HostStage, { session, variables, fingerprints }: HostStagesSession): StageBasis {
    const { residence } = this.#request;
    return {
      stage,
      masker: new Masker(session.secrets),
      directory: path.join(residence?.directory ?? session.directory, 'stages', stage.name),
      // Without `reload:` nobody looks, and what it may lack is told when it is begun.
      cwd: stage.reload.length === 0 ? '/' : expand(stage.cwd, variables),
      fingerprint: fingerprints.get(stage.name) ?? '',
    };
  }

  #newKeeper(basis: StageBasis): StageKeeper {
    const { pool, cookie, residence } = this.#request;
    const { name } = basis.stage;
    return new StageKeeper(
      {
        recorder: {
          record: (event) => this.#session?.recorder.record(event) ?? false,
          recordLine: (line, event) => this.#session?.recorder.recordLine(line, event) ?? false,
        },
        pool,
        cookie,
        onChange: () => this.#session?.onChange(),
        onBug: (bug) => (this.#session?.onBug ?? residence?.onBug)?.(bug),
        onDied: (failure) => {
          void this.#endChildren(name, 'parent', `The stage "${name}" that it comes after is down.`);
          void this.#tellDown(name);
          this.#session?.onDied(name, failure);
        },
      },
      basis,
    );
  }

  /** The plan has these no more: they go, and what comes after them before. */
  #retire(names: readonly StageName[]): void {
    const gone = Promise.all(names.map((name) => this.#end(name, 'idle', 'The plan has it no more.')));
    for (const name of names) this.#keepers.delete(name);
    this.#retiring.add(gone);
    void gone.finally(() => this.#retiring.delete(gone));
  }

  /** Ends a stage, those that come after it first; `below` is told of these, if it is something else. */
  #end(name: StageName, why: StageEnd, reason: string, below = { why, reason }): Promise<void> {
    const children = [this.#endChildren(name, below.why, below.reason), this.#tellDown(name)];
    return this.#keepers.get(name)?.stop(why, reason, Promise.all(children)) ?? Promise.resolve();
  }

  #tellDown(name: StageName): Promise<void> {
    return (this.#session ?? this.#request).onDown(name);
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

  /** When it, or one that comes after it, was last used; monotonic. */
  #lastUse(name: StageName): number {
    const children = this.#graph.childrenOf(name).map((child) => this.#lastUse(child.name));
    return Math.max(this.#keeper(name).usedAt, ...children);
  }

  #lastUses(): ReadonlyMap<StageName, number> {
    const up = [...this.#keepers].filter(([, { isDown }]) => !isDown);
    return new Map(up.map(([name]) => [name, this.#lastUse(name)]));
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
