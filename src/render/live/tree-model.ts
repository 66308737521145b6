import type { EventType, TestbedEvent } from '../../event/event.ts';
import type { RunId, SpecName } from '../../model/ids.ts';
import { KEPT_TYPES, TentaclesKept } from '../../overlord/kept-now.ts';
import { STAGE_TYPES, StagesNow } from '../../overlord/stages-now.ts';
import { unreachable } from '../../util/unreachable.ts';
import { tentaclesOf } from '../facts.ts';
import type { Totals } from '../renderer.ts';
import { oneLine } from '../text.ts';

/** A run that is being carried out, as a row shows it. */
export interface RunRow {
  readonly run: RunId;
  /** Its tentacles, or `host`. */
  readonly where: string;
  readonly startedAt: number;
  /** A phase, or `audit`. */
  phase: string;
  /** The last thing that it printed, or the last test that was judged. */
  last: string;
}

/** A spec and what of it is under way. */
export interface SpecRow {
  readonly spec: SpecName;
  readonly label: string;
  readonly orders: number;
  /** Orders that are settled; one that is left or retried is not. */
  done: number;
  failed: number;
  startedAt: number | undefined;
  /** When its last run ended, while none runs. */
  idleSince: number | undefined;
  /** All its orders are settled. */
  over: boolean;
  readonly runs: Map<RunId, RunRow>;
}

/** What of the tree fits the screen. */
export interface TreeWindow {
  readonly specs: readonly { readonly spec: SpecRow; readonly runs: readonly RunRow[] }[];
  readonly hiddenRuns: number;
  /** Specs that are over and have no row. */
  readonly doneSpecs: number;
  /** Specs of which nothing runs now, and that are not over. */
  readonly waitingSpecs: number;
}

/** Most specs that are over and still have a row while others run. */
const RECENT = 4;

const END = { done: true, value: undefined } as const;

/** The types that the tree is made from. */
export const TREE_TYPES: readonly EventType[] = [
  'session-started',
  'session-resumed',
  'run-started',
  'phase-started',
  'test-finished',
  'run-auditing',
  'run-finished',
  'order-unschedulable',
  'tentacle-held',
  'tentacle-leased',
  ...STAGE_TYPES,
  ...KEPT_TYPES,
];

/** Active specs and their runs, folded from events: the work per event does not depend on the size of the plan. */
export class TreeModel {
  readonly specs = new Map<SpecName, SpecRow>();
  startedAt: number | undefined;
  /** The newest stamp, which is the time in a replay. */
  lastAt = 0;
  /** Which tentacles somebody else holds, and who. */
  readonly held = new Map<string, string>();
  /** Attempts that somebody asked for: no row of their spec's. */
  readonly again = new Map<RunId, RunRow>();
  readonly stages = new StagesNow();
  readonly kept = new TentaclesKept();
  readonly #active = new Set<SpecRow>();
  /** Specs that are over, the last one last. */
  readonly #over = new Set<SpecRow>();
  readonly #runs = new Map<RunId, { readonly spec: SpecRow; readonly row: RunRow }>();
  readonly #totals: Pick<Totals, 'counters'>;
  #counted = { settled: 0, failed: 0 };

  /** The totals take each event in first: they alone know what settles an order. */
  constructor(totals: Pick<Totals, 'counters'>) {
    this.#totals = totals;
  }

  apply(event: TestbedEvent): void {
    const at = event.at ?? this.lastAt;
    this.lastAt = Math.max(this.lastAt, at);
    switch (event.type) {
      case 'session-started':
        this.startedAt = at;
        for (const { spec, label, orders } of event.plan.specs)
          this.specs.set(spec, newSpec(spec, label, orders));
        break;
      case 'run-started': {
        const where = tentaclesOf(event) || 'host';
        const row: RunRow = { run: event.run, where, startedAt: at, phase: '', last: '' };
        if (event.again === true) {
          this.again.set(event.run, row);
          break;
        }
        const spec = this.#spec(event.spec);
        spec.startedAt ??= at;
        spec.idleSince = undefined;
        spec.runs.set(event.run, row);
        this.#runs.set(event.run, { spec, row });
        this.#active.add(spec);
        this.#over.delete(spec);
        break;
      }
      case 'phase-started':
        this.#row(event.run, (row) => (row.phase = event.phase));
        break;
      case 'run-auditing':
        this.#row(event.run, (row) => (row.phase = 'audit'));
        break;
      case 'test-finished':
        this.#row(event.run, (row) => (row.last = oneLine(`${event.path} ${event.verdict}`)));
        break;
      case 'run-finished': {
        const known = this.#runs.get(event.run);
        this.#runs.delete(event.run);
        this.again.delete(event.run);
        known?.spec.runs.delete(event.run);
        if (known !== undefined) this.#settle(known.spec, at);
        break;
      }
      case 'order-unschedulable':
        this.#settle(this.#spec(event.spec), at);
        break;
      case 'tentacle-held':
        this.held.set(event.tentacle, `${event.holder.user}@${event.holder.host}`);
        break;
      case 'tentacle-leased':
        this.held.delete(event.tentacle);
        break;
      case 'session-resumed':
        for (const { spec, row } of this.#runs.values()) spec.runs.delete(row.run);
        this.#runs.clear();
        this.again.clear();
        this.stages.apply(event);
        this.kept.apply(event);
        break;
      case 'stage-started':
      case 'stage-ready':
      case 'stage-respawned':
      case 'stage-changed':
      case 'stage-stopped':
        this.stages.apply(event);
        break;
      case 'tentacle-kept':
      case 'tentacle-let-go':
        this.kept.apply(event);
        break;
      case 'session-paused':
      case 'session-unpaused':
      case 'order-not-run':
      case 'run-retried':
      case 'session-finished':
      case 'phase-finished':
      case 'measurement':
      case 'tentacle-released':
      case 'tentacle-lost':
      case 'tentacle-identified':
      case 'firmware-flashed':
      case 'bail-out':
      case 'warning':
        break;
      default:
        unreachable(event);
    }
  }

  progress(run: RunId, text: string): void {
    this.#row(run, (row) => (row.last = oneLine(text)));
  }

  /** The rows that fit: what runs comes first, evenly over the specs; then what ended last; the rest is counted. */
  window(rows: number): TreeWindow {
    const active = [...this.#active].slice(0, Math.max(1, rows - 1));
    let left = rows - active.length;
    const shown = active.map((spec) => ({ spec, runs: [] as RunRow[], rest: spec.runs.values() }));
    // A row for each spec in turn, until there is no room, or nothing to show.
    let turn = shown;
    while (turn.length > 0) {
      turn = turn.filter((entry) => {
        const { done, value } = left > 0 ? entry.rest.next() : END;
        if (done) return false;
        entry.runs.push(value);
        left--;
        return true;
      });
    }
    const recent = [...this.#over].slice(-Math.max(0, Math.min(RECENT, left)) || this.#over.size);
    const over = left > 0 ? recent.map((spec) => ({ spec, runs: [] as RunRow[] })) : [];
    const shownRuns = shown.reduce((sum, { runs }) => sum + runs.length, 0);
    return {
      specs: [...over, ...shown],
      hiddenRuns: this.#runs.size - shownRuns,
      doneSpecs: this.#over.size - over.length,
      waitingSpecs: this.specs.size - this.#active.size - this.#over.size,
    };
  }

  /** Only specs in which something failed, and no runs; the last ones, where there are too many. */
  failedWindow(rows: number): TreeWindow {
    const failed = [...this.specs.values()].filter((spec) => spec.failed > 0);
    const shown = failed.slice(-rows);
    return {
      specs: shown.map((spec) => ({ spec, runs: [] })),
      hiddenRuns: this.#runs.size,
      doneSpecs: 0,
      waitingSpecs: 0,
    };
  }

  #spec(name: SpecName): SpecRow {
    let spec = this.specs.get(name);
    if (spec === undefined) this.specs.set(name, (spec = newSpec(name, name, 0)));
    return spec;
  }

  #row(run: RunId, change: (row: RunRow) => void): void {
    const row = this.#runs.get(run)?.row ?? this.again.get(run);
    if (row !== undefined) change(row);
  }

  #settle(spec: SpecRow, at: number): void {
    const { P, F } = this.#totals.counters;
    spec.done += P + F - this.#counted.settled;
    spec.failed += F - this.#counted.failed;
    this.#counted = { settled: P + F, failed: F };
    if (spec.runs.size > 0) return;
    spec.idleSince = at;
    this.#active.delete(spec);
    // A spec between two of its runs keeps its place among those that wait, and is not shown as over.
    if (spec.done < spec.orders) return;
    spec.over = true;
    this.#over.add(spec);
  }
}

function newSpec(spec: SpecName, label: string, orders: number): SpecRow {
  return {
    spec,
    label,
    orders,
    done: 0,
    failed: 0,
    startedAt: undefined,
    idleSince: undefined,
    over: false,
    runs: new Map(),
  };
}
