/**
 * The process of a session's hooks. A session writes what they are, then the records, to its stdin (`src/model/hook.ts`), and
 * never waits for it. It ends when it was told to and all have finished, or, with all that it started, when its stdin ends.
 */
import { createInterface } from 'node:readline';
import { HOOK_PROTOCOL, HOOKS_END, type FromHooks, type HookSetup } from '../model/hook.ts';
import { enterControlGroup } from '../process/cgroup.ts';
import { HookQueue } from './hook-queue.ts';

function say(message: FromHooks): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function setUp(line: string): HookQueue[] {
  const { protocol, cookie, hooks } = JSON.parse(line) as HookSetup;
  if (protocol !== HOOK_PROTOCOL)
    throw new Error(
      `Internal error: expected hook protocol ${String(HOOK_PROTOCOL)}, was ${String(protocol)}`,
    );
  // So that whoever ends this session's hooks finds all that they started.
  enterControlGroup(cookie);
  return hooks.map(
    (hook) => new HookQueue(hook, { cookie, warn: (message) => say({ kind: 'warning', message }) }),
  );
}

async function finish(queues: readonly HookQueue[]): Promise<void> {
  const waits = (): void =>
    say({ kind: 'waits', names: queues.filter(({ busy }) => busy).map(({ name }) => name) });
  waits();
  await Promise.all(
    queues.map(async (queue) => {
      await queue.finish();
      waits();
    }),
  );
  // The open stdin would keep the process alive.
  process.stdin.destroy();
}

let queues: HookQueue[] | undefined;
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (queues === undefined) queues = setUp(line);
  else if (line === HOOKS_END) void finish(queues);
  else queues[Number.parseInt(line, 10)]?.take(line.slice(line.indexOf(' ') + 1));
});
lines.on('close', () => void Promise.all((queues ?? []).map((queue) => queue.abandon())));
// Whoever started us is gone: then its stdin's end says so, too.
process.stdout.on('error', () => undefined);
