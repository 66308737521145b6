import { UsageFault, type Io } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { commandTable } from './table.ts';
import { version } from './version.ts';

/** Carries out one command line and sets the process's exit code; the only place where a throw becomes a message. */
export async function main(argv: readonly string[]): Promise<void> {
  const output = watchOutput();
  const io: Io = { stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd() };
  try {
    process.exitCode = await dispatch(argv, io);
  } catch (error) {
    process.exitCode = error instanceof UsageFault ? explainUsage(error, io) : explainBug(error, argv, io);
  }
  // What was written last is heard of only now.
  await new Promise((resolve) => setImmediate(resolve));
  if (output.fault === undefined) return;
  io.stderr.write(`testbed: the output could not be written: ${output.fault.message}\n`);
  if (process.exitCode === EXIT.ok) process.exitCode = EXIT.error;
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [name = 'help', ...rest] = argv;
  if (name === '--version' || name === '-V') {
    io.stdout.write(`${version()}\n`);
    return EXIT.ok;
  }
  if (name === 'help' || name === '--help' || name === '-h') return await help(rest, io);
  const entry = commandTable.find((candidate) => candidate.name === name);
  if (entry === undefined) throw await unknownCommand(name);
  const command = await entry.load();
  const { parseArguments } = await import('./parse.ts');
  const parsed = parseArguments(command, rest);
  if (parsed.help) return await help([name], io);
  const { options, positionals } = parsed;
  return await command.run({ options, positionals, io, argv: ['testbed', ...argv] });
}

async function help([name]: readonly string[], io: Io): Promise<number> {
  const { helpOf, helpOverview } = await import('./help.ts');
  const entry = commandTable.find((candidate) => candidate.name === name);
  if (name !== undefined && entry === undefined) throw await unknownCommand(name);
  io.stdout.write(
    entry === undefined ? helpOverview(commandTable) : helpOf(await entry.load(), entry.summary),
  );
  return EXIT.ok;
}

async function unknownCommand(name: string): Promise<UsageFault> {
  const { suggest } = await import('../util/suggest.ts');
  const near = suggest(
    name,
    commandTable.map((entry) => entry.name),
  );
  return new UsageFault(
    `there is no command "${name}".`,
    near === undefined ? '"testbed help" lists them.' : `Did you mean "testbed ${near}"?`,
  );
}

function explainUsage(fault: UsageFault, io: Io): number {
  io.stderr.write(`testbed: ${fault.message}\n${fault.hint === undefined ? '' : `  ${fault.hint}\n`}`);
  return EXIT.usage;
}

function explainBug(error: unknown, argv: readonly string[], io: Io): number {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr.write(
    `testbed: a bug of testbed, not of your tests. Please report these lines:\n` +
      `  testbed ${version()}, Node.js ${process.version}, ${process.platform}\n` +
      `  testbed ${argv.join(' ')}\n${stack.replace(/^/gm, '  ')}\n`,
  );
  return EXIT.internal;
}

/**
 * Output that fails ends nothing that runs. `testbed log | head` is no fault: once the reader is gone there is nothing left to
 * say. Anything else, such as a full disk, is told at the end.
 */
function watchOutput(): { readonly fault: Error | undefined } {
  let fault: Error | undefined;
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') fault ??= error;
    });
  return {
    get fault() {
      return fault;
    },
  };
}
