import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runTimes } from '../../log/run-result.ts';
import { sessionRun } from '../../log/find-session.ts';
import { Outlet } from '../../render/outlet/outlet.ts';
import { streamPort } from '../../render/outlet/place.ts';
import { defineCommand, UsageFault, type Io } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { breather, openSession, tellLog, type OpenSession } from '../open-session.ts';
import { labOptions, resultsOption } from '../options.ts';
import { paintFor } from '../screen.ts';

/** `testbed log [SESSION]`: what happened, or what one run printed. */
export const command = defineCommand({
  name: 'log',
  positionals: '[SESSION]',
  examples: [
    'testbed log',
    'testbed log 2026-11-20',
    'testbed log latest --format jsonl',
    "testbed log --run 'SMOKE[v0-VIRTUAL]'",
  ],
  options: {
    config: labOptions.config,
    ...resultsOption,
    format: {
      type: 'string',
      choices: ['text', 'jsonl'],
      help: 'text for people (the default), or the records as they stand',
    },
    run: { type: 'string', value: 'ID', help: 'print the output of this run (or the beginning of its id)' },
  },
  run: async ({ options, positionals, io }) => {
    const session = await openSession(positionals, options, io);
    if (options.run !== undefined) return await printOutput(session, options.run, io);
    return await printEvents(session, options.format === 'jsonl', io);
  },
});

async function printEvents({ log }: OpenSession, raw: boolean, io: Io): Promise<number> {
  const { fullLine } = await import('../../render/live/lines.ts');
  const { isKnownType } = await import('../../render/event-types.ts');
  const paint = await paintFor(io.stdout, io);
  const outlet = new Outlet(streamPort(io.stdout), {
    name: 'stdout',
    onFault: (message) => io.stderr.write(`testbed: ${message}\n`),
  });
  const breathe = breather();
  for (const { line, event } of log.records((type) => !raw && isKnownType(type))) {
    if (raw) outlet.line(line);
    else if (event !== undefined) outlet.line(fullLine(event, paint));
    await breathe();
    if (outlet.congested) await outlet.room();
    if (outlet.closed) return EXIT.ok;
  }
  await outlet.end();
  return (await tellLog(log, io)).sound ? EXIT.ok : EXIT.brokenLog;
}

async function printOutput({ directory, id }: OpenSession, wanted: string, io: Io): Promise<number> {
  const found = sessionRun(directory, wanted);
  if (!found.ok) throw new UsageFault(`session ${id} has ${found.message}`, found.hint);
  const file = path.join(found.directory, 'output.txt');
  if (!existsSync(file))
    throw new UsageFault(`the run ${found.id} left no output.`, `See ${found.directory}.`);
  await pipeline(createReadStream(file), io.stdout, { end: false }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
  const { timesText } = await import('../../render/facts.ts');
  const times = timesText(runTimes(found.directory));
  if (times !== '') io.stderr.write(`testbed: ${found.id}: ${times}\n`);
  return EXIT.ok;
}
