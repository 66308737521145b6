import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SEARCH_PLACES } from '../../config/find.ts';
import { OVERLAY_NAME } from '../../config/overlay.ts';
import type { ConnectedBoard } from '../../tentacle/recognise.ts';
import { devicePath } from '../../util/device-path.ts';
import { defineCommand, UsageFault, type CommandInput, type Io } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { tentaclesOf } from '../lab-text.ts';

const options = {
  config: {
    type: 'string',
    short: 'c',
    value: 'FILE',
    help: 'the file to write; default: testbed.yaml, here',
  },
  port: {
    type: 'string',
    multiple: true,
    value: 'PORT',
    help: 'only the board on this port (a0, u0, /dev/…); default: all that are on USB',
  },
  ask: {
    type: 'boolean',
    help: 'ask each board over its REPL what it is; that ends the program that it runs',
  },
  virtual: { type: 'boolean', help: 'virtual boards, whatever is connected' },
  force: { type: 'boolean', help: 'replace a lab file that is there' },
  'dry-run': { type: 'boolean', help: 'print the file, and write nothing' },
} as const;

/** `testbed init`: a lab file from what is connected, else with virtual boards; it passes `testbed check`. */
export const command = defineCommand({
  name: 'init',
  examples: ['testbed init', 'testbed init --ask', 'testbed init --port a0 --ask --dry-run'],
  options,
  run,
});

async function run({ options: given, io }: CommandInput<typeof options>): Promise<number> {
  if (given.virtual && (given.ask || given.port.length > 0))
    throw new UsageFault('--virtual looks at no board, so --ask and --port say nothing.', 'Leave them out.');
  const file = path.resolve(io.cwd, given.config ?? SEARCH_PLACES[0]);
  if (path.basename(file) === OVERLAY_NAME)
    throw new UsageFault(
      `${OVERLAY_NAME} is laid over the lab file beside it, and is none itself; nothing was written.`,
      `For example: -c ${SEARCH_PLACES[0]}`,
    );
  if (!given['dry-run'] && !given.force) refuseToReplace(file, given.config !== undefined);
  const boards = given.virtual ? [] : await connected(given, io);
  const { labText } = await import('../lab-text.ts');
  const text = labText({ name: labName(file), schema: schemaFor(file), boards });
  if (given['dry-run']) {
    io.stdout.write(text);
    return EXIT.ok;
  }
  write(file, text, given.force);
  tell(file, boards, io);
  return EXIT.ok;
}

async function connected(
  given: { readonly port: readonly string[]; readonly ask: boolean },
  io: Io,
): Promise<ConnectedBoard[]> {
  const [{ catalogue }, { recogniseByAsking, recogniseByUsb, usbPorts }] = await Promise.all([
    import('../../config/catalogue.ts'),
    import('../../tentacle/recognise.ts'),
  ]);
  const onUsb = usbPorts();
  const wanted = given.port.map((port) => {
    const text = devicePath(port);
    const device = text.includes('/') ? path.resolve(io.cwd, text) : text;
    if (!existsSync(device))
      throw new UsageFault(`there is no port ${device}.`, 'Without --port, init takes all boards on USB.');
    // A board is known by USB where that can be; any other port, such as a pty, by the path that was given.
    const real = realpathSync(device);
    return onUsb.find((info) => info.path === real) ?? { path: device };
  });
  const ports =
    given.port.length === 0 ? onUsb : [...new Map(wanted.map((port) => [port.path, port])).values()];
  const byUsb = ports.map((port) => recogniseByUsb(port, catalogue()));
  if (!given.ask && !(await mayAsk(byUsb, io))) return byUsb;
  return await Promise.all(ports.map((port) => recogniseByAsking(port, catalogue())));
}

/** Where USB leaves it open, a person at a terminal may say that testbed shall ask. */
async function mayAsk(boards: readonly ConnectedBoard[], io: Io): Promise<boolean> {
  const open = boards.filter(({ candidates }) => candidates.length !== 1);
  if (open.length === 0) return false;
  const { consent } = await import('../consent.ts');
  const where = open.map(({ port }) => port.path).join(', ');
  return await consent(
    `testbed: USB does not tell which board is on ${where}.\n  May testbed ask over the REPL? That ends what the connected boards run.`,
    io,
  );
}

/** A lab file under another name that testbed would find here counts, too: the new one would hide it. */
function refuseToReplace(file: string, named: boolean): void {
  const names = named ? [path.basename(file)] : SEARCH_PLACES;
  const there = names.map((name) => path.join(path.dirname(file), name)).find((name) => existsSync(name));
  if (there !== undefined)
    throw new UsageFault(
      `${there} is there already; nothing was written.`,
      '--dry-run prints what would be written, --force writes it, -c FILE writes another file.',
    );
}

function write(file: string, text: string, force: boolean): void {
  try {
    // Somebody else may have written it in the meantime.
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    throw new UsageFault(`${file} could not be written: ${(error as Error).message}`);
  }
}

/** Of the folder that it is the lab of, as a name may be written. */
function labName(file: string): string {
  const name = path.basename(path.dirname(file)).replaceAll(/[^A-Za-z0-9_.-]+/g, '_');
  return /^\w/.test(name) ? name : `lab${name}`;
}

/** Relative where testbed lies below the lab, such as in its node_modules; absolute elsewhere. */
function schemaFor(file: string): string {
  const schema = fileURLToPath(new URL('../../../schema/testbed.schema.json', import.meta.url));
  const relative = path.relative(path.dirname(file), schema);
  const written = relative.startsWith('..') ? schema : `./${relative}`;
  // The editor takes what stands there up to the first blank.
  return /\s/.test(written) ? pathToFileURL(schema).href : written;
}

function tell(file: string, boards: readonly ConnectedBoard[], { stderr, cwd }: Io): void {
  const { count, virtual } = tentaclesOf(boards);
  const unknown = boards.length - (virtual ? 0 : count);
  const has = `${count} ${virtual ? 'virtual ' : ''}tentacle${count === 1 ? '' : 's'}`;
  stderr.write(`testbed: wrote ${path.relative(cwd, file) || file} with ${has}.\n`);
  if (unknown > 0)
    stderr.write(
      `  ${unknown === 1 ? 'A board' : `${unknown} boards`} could not be told for sure and stand${unknown === 1 ? 's' : ''} there as a comment: --ask --force asks over the REPL.\n`,
    );
  const named = SEARCH_PLACES.some((place) => path.resolve(cwd, place) === file);
  const config = named ? '' : ` -c ${path.relative(cwd, file)}`;
  stderr.write(`  Look at it, then: testbed check${config}, testbed run${config}\n`);
}
