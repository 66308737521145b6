import path from 'node:path';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { breather, openSession, tellLog } from '../open-session.ts';
import { labOptions, resultsOption } from '../options.ts';
import { paintFor } from '../screen.ts';

/** `testbed report [SESSION]`: report.md and junit.xml, made again from the log. */
export const command = defineCommand({
  name: 'report',
  positionals: '[SESSION]',
  examples: ['testbed report', 'testbed report latest --results /srv/testbed/results'],
  options: { config: labOptions.config, ...resultsOption },
  run: async ({ options, positionals, io }) => {
    const { directory, log } = await openSession(positionals, options, io);
    const { SessionShow } = await import('../../render/session-show.ts');
    const { REPORTS } = await import('../../render/documents/documents.ts');
    const paint = await paintFor(io.stdout, io);
    let failed = false;
    const show = await SessionShow.open({
      ...io,
      colors: false,
      directory,
      mode: 'documents',
      onFault: (message) => {
        failed = true;
        io.stderr.write(`testbed: ${message}\n`);
      },
    });
    const breathe = breather();
    for (const { line, event } of log.records((type) => show.wants(type))) {
      show.apply(line, event);
      await breathe();
    }
    if (log.ending !== 'foreign') {
      await show.close();
      for (const name of REPORTS)
        if (!show.unwritten.includes(name)) io.stdout.write(`${paint.name(path.join(directory, name))}\n`);
    }
    if (!(await tellLog(log, io)).sound) return EXIT.brokenLog;
    return failed ? EXIT.error : EXIT.ok;
  },
});
