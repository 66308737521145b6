import net from 'node:net';
import { createInterface } from 'node:readline';
import type { TentacleId } from '../../model/ids.ts';
import {
  VIRTUAL_PROTOCOL,
  type VirtualAnswer,
  type VirtualMessage,
  type VirtualRefusal,
} from '../../tentacle/virtual-protocol.ts';
import type { Board } from './board.ts';
import { UnsavedFault } from './flash-image.ts';

/** Answers requests about boards on a unix socket: one line each way a connection. */
export async function serve(socket: string, boards: ReadonlyMap<TentacleId, Board>): Promise<net.Server> {
  const server = net.createServer((connection) => {
    // Who asked may be gone before the answer.
    connection.on('error', () => connection.destroy());
    const lines = createInterface({ input: connection });
    // It passes on the errors of its input, and one that nobody hears ends the process with all its boards.
    lines.on('error', () => connection.destroy());
    lines.once('line', (line) => {
      void answer(line, boards).then((result) => connection.end(`${JSON.stringify(result)}\n`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socket, resolve);
  });
  return server;
}

async function answer(line: string, boards: ReadonlyMap<TentacleId, Board>): Promise<VirtualAnswer> {
  let message: VirtualMessage;
  try {
    message = JSON.parse(line) as VirtualMessage;
  } catch {
    return refusal('bad-request', 'a request is one line of JSON');
  }
  const { protocol }: { readonly protocol: number } = message;
  if (protocol !== VIRTUAL_PROTOCOL)
    return refusal('bad-request', `this host speaks protocol ${VIRTUAL_PROTOCOL}, not ${protocol}`);
  const board = boards.get(message.tentacle);
  if (board === undefined)
    return refusal(
      'unknown-tentacle',
      `this host has ${[...boards.keys()].join(', ')}, and no ${message.tentacle}`,
    );
  try {
    return await carryOut(message, board);
  } catch (error) {
    if (error instanceof UnsavedFault) return refusal('unsaved', `${message.tentacle}: ${error.message}`);
    // The claim, the link or the note about the firmware: all of the host's disk, and no bug.
    if ((error as NodeJS.ErrnoException).syscall !== undefined)
      return refusal('unsaved', `${message.tentacle}: ${message.op}: ${String(error)}`);
    return refusal('internal', `${message.tentacle}: ${message.op}: ${String(error)}`);
  }
}

async function carryOut(message: VirtualMessage, board: Board): Promise<VirtualAnswer> {
  switch (message.op) {
    case 'power-on':
      return await board.powerOn();
    case 'power-off':
      return await board.powerOff();
    case 'reset':
      return await board.reset();
    case 'flash':
      return await board.flash(message.firmware);
    case 'fault':
      return board.fault(message.fault);
    case 'clear-faults':
      return board.clearFaults();
    case 'status':
      return { ok: true, status: board.status() };
    default:
      // From another version, so no fault of this code.
      return refusal(
        'bad-request',
        `unknown op ${JSON.stringify((message as { readonly op?: unknown }).op)}`,
      );
  }
}

function refusal(reason: VirtualRefusal, message: string): VirtualAnswer {
  return { ok: false, reason, message };
}
