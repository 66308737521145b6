import { askingOptions, whatIsAsked } from '../asked.ts';
import { Background } from '../background.ts';
import { defineCommand, UsageFault, type CommandInput } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { SessionInput } from '../run-session.ts';
import { openRenderers, openScreen, screenOptions } from '../screen.ts';
import type { Shown } from '../terminal-audience.ts';

const options = {
  ...askingOptions,
  detach: {
    type: 'boolean',
    help: 'run it in the background; "testbed attach" shows it, "testbed stop" ends it',
  },
  'no-runner': {
    type: 'boolean',
    help: 'carry it out here, also when a runner of the lab is there ("testbed start")',
  },
  'dry-run': { type: 'boolean', help: 'the same as "testbed plan": run nothing' },
  ...screenOptions,
  format: {
    type: 'string',
    choices: ['text', 'jsonl', 'json'],
    help: 'text for people (the default), or the events as they stand in the log, on stdout; json is for --dry-run',
  },
} as const;

export const command = defineCommand({
  name: 'run',
  positionals: '[SESSION]',
  examples: [
    'testbed run -c testbed.yaml.example',
    'testbed run --port a0',
    "testbed run --only smoke --only board:RPI_PICO2-RISCV --test 'basics/*'",
    'testbed run --renderer tree --renderer junit=junit.xml --renderer jsonl=fd:3',
    'testbed run --detach && testbed attach',
    'testbed run --resume',
    'testbed run --rerun failed',
  ],
  options,
  run,
});

/** What is there before it is known what is asked for. */
interface Prepared extends Pick<SessionInput, 'bench'> {
  readonly shown: Shown;
  readonly background: Background | undefined;
}

async function run(input: CommandInput<typeof options>): Promise<number> {
  const { options: given, positionals, io } = input;
  const goesOn = given.resume || given.rerun !== undefined;
  checkPositionals(positionals, goesOn);
  if (given['dry-run'] && given.detach)
    throw new UsageFault('--dry-run runs nothing that could be detached.');
  if (given['dry-run']) {
    if (!goesOn) return await dryRun(input);
    throw new UsageFault(
      '--dry-run tells the plan of the lab, not what a session left.',
      'Leave one of them out.',
    );
  }
  if (given.quiet && given.verbose) throw new UsageFault('--quiet and --verbose exclude each other.');
  if (given.format === 'json')
    throw new UsageFault('--format json is for --dry-run.', 'The events of a session are --format jsonl.');
  const background = given.detach ? Background.of(io.env) : undefined;
  if (given.detach && background === undefined) {
    const { detach } = await import('../detach.ts');
    return await detach(given, { io, command: input.argv });
  }
  const screen = await openScreen(io);
  if (screen === undefined) return EXIT.usage;
  const shown = { ...screen, ...(await openRenderers(given, io, 'live')) };
  const handed = await handedOver(input, shown, background);
  if (handed !== undefined) return handed;
  const { Bench } = await import('../../dispatch/bench.ts');
  const bench = new Bench();
  bench.pool.startEarly();
  try {
    return await runWhatIsAsked(input, { shown, background, bench });
  } finally {
    // Nobody is left after a session; where there is none, a worker waits in vain.
    bench.kill('there is nothing to run');
  }
}

async function runWhatIsAsked(
  { options: given, positionals, io, argv }: CommandInput<typeof options>,
  { shown, background, bench }: Prepared,
): Promise<number> {
  const asked = await whatIsAsked(given, positionals[0], { io, command: argv });
  if (asked === undefined) return EXIT.usage;
  if ('nothing' in asked) {
    io.stderr.write(`testbed: ${asked.nothing}\n`);
    return asked.exit;
  }
  const [{ runSession }, { terminalAudience }] = await Promise.all([
    import('../run-session.ts'),
    import('../terminal-audience.ts'),
  ]);
  background?.prepared();
  return await runSession({
    ...asked,
    audience: terminalAudience(shown, (session) => background?.begun(session)),
    bench,
    command: argv,
    io,
  });
}

/** Lets the runner of the lab carry it out; resolves to the exit code. Undefined: there is none, or it is not wanted. */
async function handedOver(
  { options: given, positionals, io, argv }: CommandInput<typeof options>,
  shown: Shown,
  background: Background | undefined,
): Promise<number | undefined> {
  if (given['no-runner'] || given.port !== undefined) return undefined;
  const { placeOf, usableRunner } = await import('../runner/find.ts');
  const place = await placeOf(given, io);
  const channel = place && (await usableRunner(place, io));
  if (channel === undefined) return undefined;
  const { handOver } = await import('../runner/hand-over.ts');
  return await handOver(channel, {
    request: { options: given, positionals, argv },
    shown,
    io,
    onBegun: (session) => {
      background?.prepared();
      background?.begun(session);
    },
  });
}

function checkPositionals(positionals: readonly string[], namesSession: boolean): void {
  const extra = positionals[namesSession ? 1 : 0];
  if (extra === undefined) return;
  throw new UsageFault(
    `"testbed run" takes no argument${namesSession ? ' but a session' : ''}, but got "${extra}".`,
    `To choose what is run: testbed run --only ${extra}`,
  );
}

/** `plan` takes what both have in common. */
async function dryRun({ options: given, io }: CommandInput<typeof options>): Promise<number> {
  const { tellPlan } = await import('./plan.ts');
  return await tellPlan({ ...given, explain: [], simulate: false, 'what-if': [] }, io);
}
