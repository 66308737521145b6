import { createInterface } from 'node:readline';
import type { TentacleId } from '../model/ids.ts';
import {
  VIRTUAL_PROTOCOL,
  virtualBoardDirectory,
  type VirtualHostHello,
  type VirtualHostSettings,
} from '../tentacle/virtual-protocol.ts';
import { Board } from './host/board.ts';
import { newSocket, removeSocket } from './host/runtime-directory.ts';
import { serve } from './host/server.ts';

/**
 * The process that hosts one owner's virtual boards. Settings are the first line of stdin; when stdin ends, the owner is
 * gone, and so is this: no device file, socket or claim stays.
 */
const boards = new Map<TentacleId, Board>();
let socket: string | undefined;
let ending = false;

async function start(line: string): Promise<void> {
  const settings = JSON.parse(line) as VirtualHostSettings;
  const { protocol }: { readonly protocol: number } = settings;
  if (protocol !== VIRTUAL_PROTOCOL)
    throw new Error(`this host speaks protocol ${VIRTUAL_PROTOCOL}, not ${protocol}`);
  socket = newSocket();
  for (const { id, faults } of settings.tentacles) {
    const directory = virtualBoardDirectory(settings.stateDirectory, settings.lab, id);
    boards.set(id, await Board.make({ id, faults, directory, socket }));
  }
  await serve(socket, boards);
  say({ protocol: VIRTUAL_PROTOCOL, socket });
}

async function end(exit: number): Promise<void> {
  if (ending) return;
  ending = true;
  await Promise.allSettled([...boards.values()].map((board) => board.powerOff()));
  if (socket !== undefined) removeSocket(socket);
  process.exit(exit);
}

function say(hello: VirtualHostHello): void {
  process.stdout.write(`${JSON.stringify(hello)}\n`);
}

createInterface({ input: process.stdin })
  .once('line', (line) => {
    start(line).catch((error: unknown) => {
      say({ protocol: VIRTUAL_PROTOCOL, fault: String(error) });
      void end(1);
    });
  })
  .once('close', () => void end(0));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end(0));
// The owner may not read any more.
process.stdout.on('error', () => undefined);
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  void end(70);
});
