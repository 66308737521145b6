import type { Lab } from '../../model/lab.ts';
import { defineCommand, type CommandInput } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { openLab, requestOf } from '../lab.ts';
import { formatOption, labOptions } from '../options.ts';

const options = { ...labOptions, ...formatOption } as const;

/** `testbed check`: every fault of lab file, overlay and plans at once, exit 2; without one, what the lab holds, exit 0. */
export const command = defineCommand({
  name: 'check',
  examples: ['testbed check', 'testbed check -c testbed.yaml.example', 'testbed check --format json'],
  options,
  run,
});

async function run({ options: given, io }: CommandInput<typeof options>): Promise<number> {
  if (given.format === 'json') {
    const { loadLab } = await import('../../config/load.ts');
    const { diagnosticDocument } = await import('../../diagnostic/document.ts');
    const loaded = await loadLab(requestOf(given, io));
    const diagnostics = loaded.ok ? loaded.warnings : loaded.faults;
    const document = { ok: loaded.ok, diagnostics: diagnostics.map(diagnosticDocument) };
    io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return loaded.ok ? EXIT.ok : EXIT.usage;
  }
  const open = await openLab(given, io);
  if (open === undefined) return EXIT.usage;
  io.stderr.write(`${summary(open.lab)}\n`);
  return EXIT.ok;
}

function summary({ name, file, tentacles, specs, sources }: Lab): string {
  const counts = [
    counted(tentacles.length, 'tentacle'),
    counted(specs.length, 'spec'),
    counted(sources.length, 'source'),
  ];
  return `testbed: lab ${name}${file === undefined ? '' : ` (${file})`} has ${counts.join(', ')} and no fault.`;
}

function counted(count: number, word: string): string {
  return `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`;
}
