import { defineCommand, UsageFault, type CommandInput } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

const options = {} as const;
const NAMES = ['lab', 'plan', 'user', 'event'] as const;

/** `testbed schema NAME`: the JSON Schema of lab file, plan, a user's configuration or event, as one document for editors and other tools. */
export const command = defineCommand({
  name: 'schema',
  positionals: 'lab|plan|user|event',
  examples: ['testbed schema lab > testbed.schema.json', 'testbed schema event'],
  options,
  run,
});

async function run({ positionals, io }: CommandInput<typeof options>): Promise<number> {
  const [wanted, ...more] = positionals;
  const name = NAMES.find((candidate) => candidate === wanted);
  if (name === undefined || more.length > 0) {
    const { suggest } = await import('../../util/suggest.ts');
    const near = wanted === undefined ? undefined : suggest(wanted, NAMES);
    throw new UsageFault(
      wanted === undefined || more.length > 0
        ? `"testbed schema" takes one name: ${NAMES.join(', ')}.`
        : `there is no schema "${wanted}", only ${NAMES.join(', ')}.`,
      near === undefined ? undefined : `Did you mean "testbed schema ${near}"?`,
    );
  }
  const { publicSchema } = await import('../../config/schema.ts');
  io.stdout.write(`${JSON.stringify(publicSchema(name), null, 2)}\n`);
  return EXIT.ok;
}
