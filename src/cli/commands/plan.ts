import { defineCommand, UsageFault, type CommandInput, type Io, type Values } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { openLab } from '../lab.ts';
import { labOptions, selectionOptions, servingOptions } from '../options.ts';

const options = {
  ...labOptions,
  ...selectionOptions,
  ...servingOptions,
  explain: {
    type: 'string',
    multiple: true,
    value: 'SEL',
    help: 'for these orders, by the selectors of --only: who could serve, who not and why, and what would help',
  },
  simulate: {
    type: 'boolean',
    help: 'play the evening on a virtual clock: who does what when, and how long it takes',
  },
  'what-if': {
    type: 'string',
    multiple: true,
    value: 'CHANGE',
    help: 'the same on another bench: +BOARD or +ID is one more of a board, or like a tentacle (+BOARD*3: three); -ID is one less. Alone, it shows the difference',
  },
  format: {
    type: 'string',
    choices: ['text', 'json', 'jsonl', 'mermaid', 'dot'],
    help: 'text for people (the default), json, an order a line (jsonl), or a graph',
  },
} as const;

/** `testbed plan`: says what would be run, on what, and what can not be; runs nothing. Exit 0 when the plan could be made. */
export const command = defineCommand({
  name: 'plan',
  examples: [
    'testbed plan -c testbed.yaml.example',
    'testbed plan --only smoke --only board:RPI_PICO2-RISCV',
    'testbed plan --explain multinet',
    'testbed plan --simulate --what-if +RPI_PICO_W --what-if -2731',
    'testbed plan --format json | jq -r ".orders[].id"',
    'testbed plan --format dot | dot -Tsvg >plan.svg',
  ],
  options,
  run: async ({ options: given, io }: CommandInput<typeof options>) => await tellPlan(given, io),
});

/** What is told, and the formats that it has. */
const VIEWS = {
  plan: ['text', 'json', 'jsonl', 'mermaid', 'dot'],
  simulate: ['text', 'json', 'jsonl'],
  explain: ['text', 'json', 'jsonl'],
  'what-if': ['text', 'json'],
} as const satisfies Record<string, readonly string[]>;

/** Makes the plan that the options ask for and tells it; resolves to the exit code. */
export async function tellPlan(given: Values<typeof options>, io: Io): Promise<number> {
  const view = viewOf(given);
  const { format = 'text' } = given;
  const formats: readonly string[] = VIEWS[view];
  if (!formats.includes(format))
    throw new UsageFault(`--${view} has no format ${format}, only ${formats.join(', ')}.`);
  const open = await openLab(given, io);
  if (open === undefined) return EXIT.usage;
  const [{ planFacts }, views, { print }] = await Promise.all([
    import('../plan-facts.ts'),
    import('../plan-views.ts'),
    import('../print.ts'),
  ]);
  const facts = await planFacts(open.lab, given, (sentence) => io.stderr.write(`testbed: ${sentence}\n`));
  const screen = await views.screenFor(facts, io);
  switch (view) {
    case 'plan':
      await print(io.stdout, await views.planView(facts, format, screen));
      break;
    case 'simulate':
      await print(io.stdout, await views.simulateView(facts, format, screen));
      break;
    case 'explain':
      await print(io.stdout, await views.explainView(facts, format, screen));
      break;
    case 'what-if':
      await print(io.stdout, await views.whatIfView(facts, format, screen));
      break;
  }
  return EXIT.ok;
}

function viewOf(given: Values<typeof options>): keyof typeof VIEWS {
  if (given.simulate && given.explain.length > 0)
    throw new UsageFault('--simulate and --explain exclude each other.');
  if (given.simulate) return 'simulate';
  if (given.explain.length > 0) return 'explain';
  return given['what-if'].length > 0 ? 'what-if' : 'plan';
}
