import { parseDuration } from '../../config/duration.ts';
import { LONGEST_DELAY_MS } from '../../util/longest-delay.ts';
import { defineCommand, UsageFault, type CommandInput } from '../command.ts';
import { labOptions } from '../options.ts';
import { neededPlace } from '../runner/find.ts';
import { isRunner } from '../runner/launch.ts';

const options = {
  config: labOptions.config,
  idle: {
    type: 'string',
    value: 'TIME',
    help: 'end by itself when no session came for so long, or "never"; default: 8h',
  },
  'stage-idle': {
    type: 'string',
    value: 'TIME',
    help: 'end a host stage that no run needed for so long, or "never"; default: 10m',
  },
} as const;

/**
 * `testbed start`: a runner of the lab in the background, to which "testbed run" hands its sessions, and which keeps warm between
 * them what took long to make.
 */
export const command = defineCommand({
  name: 'start',
  examples: ['testbed start', 'testbed start --idle never --stage-idle 1h', 'testbed start && testbed run'],
  options,
  run,
});

async function run({ options: given, io, argv }: CommandInput<typeof options>): Promise<number> {
  const idleMs = timeOf('idle', given.idle ?? '8h');
  const stageIdleMs = timeOf('stage-idle', given['stage-idle'] ?? '10m') ?? Number.POSITIVE_INFINITY;
  const place = await neededPlace(given, io);
  if (!isRunner(io.env))
    return await (await import('../runner/launch.ts')).launch(place, { io, command: argv });
  const { beRunner } = await import('../runner/resident.ts');
  return await beRunner({ place, command: argv, idleMs, stageIdleMs, io });
}

/** Milliseconds; undefined: never. */
function timeOf(name: string, text: string): number | undefined {
  if (text === 'never') return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0 || ms > LONGEST_DELAY_MS)
    throw new UsageFault(`--${name} is a time or "never", not "${text}".`, `For example: --${name} 30m`);
  return ms;
}
