import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { StageReady, TestbedEvent } from '../../src/event/event.ts';
import { until, type Rig } from '../support/rig.ts';

export { ownLab as bench, spec } from '../support/own-lab.ts';

/** A line of `stages:`; what it prints and does is a shell script. */
export function stage(name: string, script: string, more = "ready: { line: '^ready' }"): string {
  return `  ${name}: { command: ${JSON.stringify(['sh', '-c', script])}, grace: 2s, ${more} }\n`;
}

/** What became of the stages, in order: `www started`, `www stopped idle`, `greeter@v0 ready`. */
export function stagesOf(events: readonly TestbedEvent[]): string[] {
  return events
    .filter(({ type }) => type.startsWith('stage-'))
    .map((event) => {
      const where = event.tentacle === undefined ? '' : `@${event.tentacle}`;
      const why = event.type === 'stage-stopped' ? ` ${event.why}` : '';
      return `${event.stage}${where} ${event.type.slice('stage-'.length)}${why}`;
    });
}

/** `RUN cause-or-verdict` of finished runs, `…` for those that are offered again, and `ORDER cause` of what never ran. */
export function endingsOf(events: readonly TestbedEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'run-finished')
      return [`${event.run} ${event.cause ?? event.verdict}${event.willRetry ? ' …' : ''}`];
    return event.type === 'order-unschedulable' ? [`${event.order} ${event.cause}`] : [];
  });
}

/** The nth time that a stage gets ready, as soon as that is written. */
export async function ready(rig: Rig, name: string, nth = 1): Promise<StageReady> {
  return await until(rig.directory, () => {
    if (!existsSync(path.join(rig.session, 'events.jsonl'))) return undefined;
    const found = rig
      .events()
      .filter((event): event is StageReady => event.type === 'stage-ready' && event.stage === name);
    return found[nth - 1];
  });
}

/** The process of a stage that is ready. */
export function pidOf({ values }: StageReady): number {
  return Number(values?.['pid']);
}

/** False for a zombie, too. */
export function lives(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
