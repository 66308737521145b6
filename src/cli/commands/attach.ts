import { isatty } from 'node:tty';
import type { ProcessIdentity } from '../../event/event.ts';
import { livenessOf } from '../../process/identity.ts';
import { defineCommand, type CommandInput } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { Interruption } from '../interruption.ts';
import { followSession, tellGone } from '../follow-session.ts';
import { openSession, tellLog } from '../open-session.ts';
import { labOptions, resultsOption } from '../options.ts';
import { openRenderers, openScreen, screenOptions } from '../screen.ts';
import { isResumed } from '../session-claim.ts';

const options = {
  config: labOptions.config,
  ...resultsOption,
  ...screenOptions,
  format: {
    type: 'string',
    choices: ['text', 'jsonl'],
    help: 'text for people (the default), or the records as they are written, on stdout',
  },
} as const;

/**
 * `testbed attach [SESSION]`: a session live, from its log alone, so that many can watch it from anywhere the log can be read.
 * Ends with the session, and with its exit code.
 */
export const command = defineCommand({
  name: 'attach',
  positionals: '[SESSION]',
  examples: ['testbed attach', 'testbed attach 2026-11-20T23-11-05-4f2a', 'testbed attach --renderer lines'],
  options,
  run,
});

async function run({ options: given, positionals, io, argv }: CommandInput<typeof options>): Promise<number> {
  const { id, directory, log } = await openSession(positionals, given, io);
  const { SessionShow } = await import('../../render/session-show.ts');
  const screen = await openScreen(io);
  if (screen === undefined) return EXIT.usage;
  // Until all is read that happened before, and after the end, the time is that of the log.
  let lastAt = 0;
  let live = false;
  using interruption = new Interruption();
  const controls = { leave: () => interruption.leave() };
  const show = await SessionShow.open({
    ...screen,
    ...(await openRenderers(given, io, 'again')),
    directory,
    mode: 'again',
    ...(isatty(0) ? { keyboard: { stdin: process.stdin, controls } } : {}),
    now: () => (live ? Date.now() : lastAt),
  });
  const end = await followSession(log, show, {
    signal: interruption.signal,
    resuming: () => isResumed(directory),
    onRecord: (event) => {
      lastAt = event?.at ?? lastAt;
      const room = show.room();
      return room && Promise.race([room, interruption.came]);
    },
    onWaiting: () => {
      if (!live) show.note(welcome(log.writer));
      live = true;
    },
  });
  if (end === 'gone') {
    await show.close();
    tellGone(log, io);
    return EXIT.brokenLog;
  }
  if (interruption.exit !== undefined) {
    await show.leave();
    const { sessionCommand } = await import('../../render/recipes.ts');
    const stop = sessionCommand('stop', argv, positionals[0] ?? id);
    io.stderr.write(`testbed: no longer watched; session ${id} goes on. To end it: ${stop}\n`);
    return interruption.exit;
  }
  live = false;
  // Of a log that is none there is nothing to sum up.
  const exit = log.ending === 'foreign' ? EXIT.brokenLog : await show.close();
  return (await tellLog(log, io)).sound ? exit : EXIT.brokenLog;
}

/** What whoever watches has to know, once all is shown that happened before. */
function welcome(writer: ProcessIdentity | undefined): string {
  const leave = 'Ctrl-C ends the watching, not the session';
  return writer !== undefined && livenessOf(writer) === 'unknown'
    ? `it runs on ${writer.host}, and only there can be told whether it still lives; ${leave}`
    : leave;
}
