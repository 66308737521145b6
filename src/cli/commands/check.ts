import { defineCommand, UsageFault, type CommandInput, type OptionTable } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { loadChosen, openLab, type OpenLab } from '../lab.ts';
import { formatOption, labOptions, selectionOptions } from '../options.ts';

const { only, skip } = selectionOptions;
const options = {
  ...labOptions,
  show: { type: 'boolean', help: 'print the configuration that counts, and where each value comes from' },
  only,
  skip,
  ...formatOption,
} as const satisfies OptionTable;

/**
 * `testbed check`: every fault of lab file, overlay and plans at once, exit 2; without one, what the lab holds, exit 0.
 * With `--show` the effective configuration, or what `--only` and `--skip` leave of it.
 */
export const command = defineCommand({
  name: 'check',
  examples: [
    'testbed check',
    'testbed check -c testbed.yaml.example --format json',
    'testbed check --show --only smoke',
  ],
  options,
  run,
});

async function run({ options: given, io }: CommandInput<typeof options>): Promise<number> {
  if (!given.show && given.only.length + given.skip.length > 0)
    throw new UsageFault(
      '--only and --skip narrow what --show prints; without it everything is checked.',
      'For example: testbed check --show --only smoke',
    );
  if (given.format === 'json') {
    const { checkDocument } = await import('../../config/check-document.ts');
    const loaded = await loadChosen(given, io);
    const document = {
      ...checkDocument(loaded),
      ...(given.show && loaded.ok
        ? await (await import('../show-config.ts')).shownDocument(loaded, given)
        : {}),
    };
    io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return loaded.ok ? EXIT.ok : EXIT.usage;
  }
  const open = await openLab(given, io, { advice: true });
  if (open === undefined) return EXIT.usage;
  if (given.show) {
    const [{ shownLines }, { print }] = await Promise.all([
      import('../show-config.ts'),
      import('../print.ts'),
    ]);
    const lines = await shownLines(open, given, io);
    await print(
      io.stdout,
      lines.map((line) => `${line}\n`),
    );
  } else io.stderr.write(`${summary(open)}\n`);
  return EXIT.ok;
}

function summary({ lab: { name, file, tentacles, specs, sources }, warnings }: OpenLab): string {
  const counts = [
    counted(tentacles.length, 'tentacle'),
    counted(specs.length, 'spec'),
    counted(sources.length, 'source'),
  ];
  return `testbed: lab ${name}${file === undefined ? '' : ` (${file})`} has ${counts.join(', ')}, ${counted(warnings.length, 'warning')} and no fault.`;
}

function counted(count: number, word: string): string {
  return `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`;
}
