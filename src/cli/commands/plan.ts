import { once } from 'node:events';
import { defineCommand, type CommandInput, type Io } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { openLab } from '../lab.ts';
import { formatOption, labOptions, selectionOptions, servingOptions } from '../options.ts';

const options = { ...labOptions, ...selectionOptions, ...servingOptions, ...formatOption } as const;

/** `testbed plan`: says what would be run, on what, and what can not be; runs nothing. Exit 0 when the plan could be made. */
export const command = defineCommand({
  name: 'plan',
  examples: [
    'testbed plan -c testbed.yaml.example',
    'testbed plan --only smoke --only board:RPI_PICO2-RISCV',
    'testbed plan --format json | jq -r ".orders[].id"',
  ],
  options,
  run,
});

async function run({ options: given, io }: CommandInput<typeof options>): Promise<number> {
  const open = await openLab(given, io);
  if (open === undefined) return EXIT.usage;
  const { makePlan } = await import('../make-plan.ts');
  const plan = await makePlan(open.lab, given);
  if (given.format === 'json') {
    const { planDocument } = await import('../../plan/plan-document.ts');
    await print(io, planDocument(plan));
    return EXIT.ok;
  }
  const [{ planTree }, { createPaint }, { colorOf }] = await Promise.all([
    import('../../render/plan-tree.ts'),
    import('../../render/paint.ts'),
    import('../color.ts'),
  ]);
  const { stdout } = io;
  const view = {
    lab: open.lab.name,
    paint: createPaint(colorOf(stdout, io.env)),
    columns: Math.max(40, stdout.columns ?? 80),
  };
  await print(io, lines(planTree(plan, view)));
  return EXIT.ok;
}

function* lines(all: Iterable<string>): Generator<string> {
  for (const line of all) yield `${line}\n`;
}

/** Prints piece by piece, no faster than it is read; ends quietly when the reader goes. */
async function print({ stdout }: Io, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (stdout.destroyed) return;
    if (!stdout.write(piece))
      await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]).catch(() => {});
  }
}
