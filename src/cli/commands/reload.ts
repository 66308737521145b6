import { defineCommand, type CommandInput } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { labOptions } from '../options.ts';
import { askRunner } from '../runner/find.ts';

const options = { config: labOptions.config } as const;

/** `testbed reload [STAGE…]`: warm stages are ended as soon as no run is on them, and begun anew when they are needed. */
export const command = defineCommand({
  name: 'reload',
  positionals: '[STAGE …]',
  examples: ['testbed reload', 'testbed reload www'],
  options,
  run,
});

async function run({ options: given, positionals, io }: CommandInput<typeof options>): Promise<number> {
  const stages = positionals.length === 0 ? null : positionals;
  const answer = await askRunner(given, io, { kind: 'reload', stages });
  if (answer === undefined) return EXIT.error;
  const names = answer.stages.join(', ');
  io.stderr.write(
    names === ''
      ? 'testbed: nothing of that is up; it is begun anew when it is needed.\n'
      : `testbed: begun anew when needed, once no run is on it: ${names}.\n`,
  );
  return EXIT.ok;
}
