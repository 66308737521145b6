// The process of a stage with `preload: node`: shows that its imports work, and lives as long as the stage does. Whoever keeps spare
// processes for it is connected to it, and so sees its end.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import net from 'node:net';
import { inspect } from 'node:util';
import { socketOf } from '../address.ts';
import { importAll } from './imports.ts';

/** The lines on descriptor 3: `ready ADDRESS`, or `failed again|hopeless WHY`. */
const ANNOUNCE = 3;

const specifiers = process.argv.splice(1).slice(1);
const fault = await importAll(specifiers);
if (fault !== undefined) {
  announce(`failed ${fault.hopeless ? 'hopeless' : 'again'} ${fault.why}`);
  process.stderr.write(`${inspect(fault.cause)}\n`);
  process.exit(1);
}
const address = randomBytes(16).toString('hex');
net
  .createServer((socket) => socket.on('error', () => undefined).resume())
  .listen(socketOf(address), () => announce(`ready ${address}`));

function announce(line: string): void {
  writeSync(ANNOUNCE, `${line}\n`);
}
