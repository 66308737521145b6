import { defineCommand, type CommandInput } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { formatOption, labOptions } from '../options.ts';
import { askRunner } from '../runner/find.ts';

const options = { config: labOptions.config, ...formatOption } as const;

/** `testbed status`: whether the lab has a runner, and what it does; exit 3: it has none that answers. */
export const command = defineCommand({
  name: 'status',
  examples: ['testbed status', 'testbed status --format json'],
  options,
  run,
});

async function run({ options: given, io }: CommandInput<typeof options>): Promise<number> {
  const answer = await askRunner(given, io, { kind: 'status' });
  if (given.format === 'json') {
    const { kind: _, ...status } = answer ?? {};
    io.stdout.write(`${JSON.stringify({ runner: answer === undefined ? null : status }, null, 2)}\n`);
  } else if (answer !== undefined) {
    const { statusText } = await import('../runner/status-text.ts');
    io.stdout.write(statusText(answer, io.stdout.isTTY ? io.stdout.columns : undefined));
  }
  return answer === undefined ? EXIT.error : EXIT.ok;
}
