import path from 'node:path';
import { defineCommand, UsageFault, type CommandInput } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { openLab } from '../lab.ts';
import { labOptions, resultsOption, selectionOptions, servingOptions } from '../options.ts';

const options = {
  ...labOptions,
  ...resultsOption,
  ...selectionOptions,
  ...servingOptions,
  jobs: {
    type: 'integer',
    value: 'N',
    help: 'at most N runs at once; default: as tentacles and cores allow',
  },
  flash: {
    type: 'string',
    choices: ['auto', 'skip', 'force'],
    help: 'put firmware on a tentacle when it differs (auto, the default), never, or always',
  },
  'no-wait': { type: 'boolean', help: 'do not wait for tentacles that somebody else holds' },
  'dry-run': { type: 'boolean', help: 'the same as "testbed plan": run nothing' },
  keep: { type: 'boolean', short: 'k', help: 'keep run.ljsonl of runs that passed, too' },
  quiet: { type: 'boolean', short: 'q', help: 'print the end only' },
  verbose: {
    type: 'boolean',
    short: 'v',
    help: 'a line per thing that happened, and what failing runs printed',
  },
  format: {
    type: 'string',
    choices: ['text', 'jsonl'],
    help: 'text for people (the default), or the events as they stand in the log, on stdout',
  },
} as const;

export const command = defineCommand({
  name: 'run',
  examples: [
    'testbed run -c testbed.yaml.example',
    'testbed run --port a0',
    "testbed run --only smoke --only board:RPI_PICO2-RISCV --test 'basics/*'",
  ],
  options,
  run,
});

async function run(input: CommandInput<typeof options>): Promise<number> {
  const { options: given, io } = input;
  if (given['dry-run']) return await dryRun(input);
  if (given.quiet && given.verbose) throw new UsageFault('--quiet and --verbose exclude each other.');
  if (given.jobs === 0) throw new UsageFault('--jobs wants at least 1.', 'Leave it out to use all cores.');
  const open = await openLab(given, io);
  if (open === undefined) return EXIT.usage;
  const { makePlan } = await import('../make-plan.ts');
  const plan = await makePlan(open.lab, given);
  const { runSession } = await import('../run-session.ts');
  return await runSession({
    ...open,
    plan,
    results: path.resolve(
      given.results === undefined ? open.lab.directory : io.cwd,
      given.results ?? 'results',
    ),
    options: {
      ...(given.jobs === undefined ? {} : { jobs: given.jobs }),
      flash: flashPolicy(given.flash),
      keep: given.keep,
      wait: !given['no-wait'],
    },
    ...(given.format === 'jsonl' ? { kind: 'jsonl' } : given.quiet ? { kind: 'quiet' } : {}),
    verbose: given.verbose,
    command: input.argv,
    io,
  });
}

/** `plan` takes what both have in common. */
async function dryRun({ options: given, ...input }: CommandInput<typeof options>): Promise<number> {
  const { command: plan } = await import('./plan.ts');
  return await plan.run({ ...input, options: given });
}

function flashPolicy(text: string | undefined): 'auto' | 'skip' | 'force' {
  return text === 'skip' || text === 'force' ? text : 'auto';
}
