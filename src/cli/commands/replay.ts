import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { breather, openSession, tellLog } from '../open-session.ts';
import { labOptions, resultsOption } from '../options.ts';
import { openRenderers, openScreen, screenOptions } from '../screen.ts';

/** `testbed replay [SESSION]`: the same screen, the same end and the same exit code, from the log alone. */
export const command = defineCommand({
  name: 'replay',
  positionals: '[SESSION]',
  examples: ['testbed replay', 'testbed replay 2026-11-20T23-11-05-4f2a --verbose'],
  options: {
    config: labOptions.config,
    ...resultsOption,
    ...screenOptions,
    format: {
      type: 'string',
      choices: ['text', 'jsonl'],
      help: 'text for people (the default), or the records as they stand, on stdout',
    },
  },
  run: async ({ options, positionals, io }) => {
    const { directory, log } = await openSession(positionals, options, io);
    const { SessionShow } = await import('../../render/session-show.ts');
    const screen = await openScreen(io);
    if (screen === undefined) return EXIT.usage;
    const show = await SessionShow.open({
      ...screen,
      ...(await openRenderers(options, io, 'again')),
      directory,
      mode: 'again',
    });
    const breathe = breather();
    for (const { line, event } of log.records((type) => show.wants(type))) {
      show.apply(line, event);
      await breathe();
      await show.room();
    }
    // Of a log that is none there is nothing to sum up.
    const exit = log.ending === 'foreign' ? EXIT.brokenLog : await show.close();
    const { sound, life } = await tellLog(log, io);
    if (!sound) return EXIT.brokenLog;
    // A session that still runs has no verdict yet, and that is no success.
    return life === 'running' && exit === EXIT.ok ? EXIT.error : exit;
  },
});
