import { once } from 'node:events';
import net from 'node:net';
import {
  VIRTUAL_PROTOCOL,
  type VirtualAnswer,
  type VirtualMessage,
  type VirtualRefusal,
  type VirtualRequest,
} from './virtual-protocol.ts';

/**
 * Asks the host behind a socket to do something with one of its boards. All that can go wrong is in the answer; after
 * `limitMs` or the signal nothing is known about what the host did.
 */
export async function virtualRequest(
  socket: string,
  request: VirtualRequest,
  options: { readonly limitMs: number; readonly signal?: AbortSignal },
): Promise<VirtualAnswer> {
  const limit = AbortSignal.timeout(options.limitMs);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const connection = net.connect(socket);
  try {
    return await exchange(connection, request, signal);
  } catch (error) {
    if (limit.aborted)
      return refusal(
        'limit',
        `${request.tentacle}: no answer to ${request.op} within ${options.limitMs} ms from the host of the virtual boards`,
      );
    if (signal.aborted) return refusal('aborted', `${request.tentacle}: ${request.op} was given up`);
    return refusal(
      'host-gone',
      `${request.tentacle}: the host of the virtual boards is gone (${text(error)})`,
    );
  } finally {
    connection.destroy();
  }
}

async function exchange(
  connection: net.Socket,
  request: VirtualRequest,
  signal: AbortSignal,
): Promise<VirtualAnswer> {
  await once(connection, 'connect', { signal });
  const message: VirtualMessage = { protocol: VIRTUAL_PROTOCOL, ...request };
  connection.write(`${JSON.stringify(message)}\n`);
  let answer = '';
  connection.setEncoding('utf8').on('data', (data: string) => (answer += data));
  await once(connection, 'end', { signal });
  if (!answer.endsWith('\n')) throw new Error('it ended before it answered');
  return JSON.parse(answer) as VirtualAnswer;
}

function refusal(reason: VirtualRefusal, message: string): VirtualAnswer {
  return { ok: false, reason, message };
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
