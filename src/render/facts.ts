import type { TestbedEvent, TestFinished } from '../event/event.ts';
import type { BoardVariant, OrderId, RunId, TentacleId } from '../model/ids.ts';

/** A test that was not run, or failed as an expectation says: no reason to worry, but a report tells why. */
export interface TestNote {
  readonly path: string;
  readonly order: OrderId;
  readonly reason: string;
}

/** Most notes that are kept; the log has them all. */
const MOST_NOTES = 20_000;

/** What the reports tell beyond the totals: why single tests inside runs were skipped or excused. */
export class TestNotes {
  readonly notes: TestNote[] = [];
  readonly #open = new Map<RunId, TestFinished[]>();

  apply(event: TestbedEvent): void {
    if (event.type === 'run-started') this.#open.set(event.run, []);
    else if (event.type === 'test-finished') {
      if (event.verdict !== 'pass' && event.expected) this.#open.get(event.run)?.push(event);
    } else if (event.type === 'run-finished') {
      const tests = this.#open.get(event.run) ?? [];
      this.#open.delete(event.run);
      if (event.willRetry || this.notes.length >= MOST_NOTES) return;
      for (const { path, verdict, reason } of tests) {
        const why = reason ?? 'no reason was given';
        this.notes.push({
          path,
          order: event.order,
          reason: verdict === 'skip' ? why : `failed as expected: ${why}`,
        });
      }
    }
  }
}

/** Whether a verdict is one to look at: a fail or error that nothing excuses, or a pass that nobody expected. */
export function isBad({ expected }: { readonly expected: boolean }): boolean {
  return !expected;
}

/** The verdict as one word; two cases would be told wrongly by its name alone: `xpass`, `xfail`. */
export function wordOf({
  verdict,
  expected,
}: {
  readonly verdict: string;
  readonly expected: boolean;
}): string {
  if (verdict === 'pass' && !expected) return 'xpass';
  return (verdict === 'fail' || verdict === 'error') && expected ? `x${verdict}` : verdict;
}

/** Where a run is carried out: `2731`, `2731 + v0`; nothing for host-only runs. */
export function tentaclesOf({
  bindings,
}: {
  readonly bindings?: readonly { readonly tentacle: TentacleId }[];
}): string {
  return (bindings ?? []).map(({ tentacle }) => tentacle).join(' + ');
}

/** The board-variants of a run, the covering one first; `host` for host-only runs. */
export function boardVariantsOf({
  bindings,
}: {
  readonly bindings?: readonly { readonly boardVariant: BoardVariant }[];
}): string {
  const names = (bindings ?? []).map(({ boardVariant }) => boardVariant);
  return names.length === 0 ? 'host' : names.join(' + ');
}
