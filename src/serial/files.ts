import { createHash } from 'node:crypto';
import type { ExecResult } from './execution.ts';
import { SerialFault } from './fault.ts';
import { parseBytes, pythonBytes, pythonString } from './literal.ts';
import { Clock, type Limits } from './talk.ts';

/** As a literal it takes at most four times as much of the board's memory. */
const CHUNK = 512;

/** Boards without `hashlib` tell the size only. */
const DIGEST = `
def _d(p):
 import os
 n=os.stat(p)[6]
 try:
  from hashlib import sha256
  h=sha256()
  with open(p,'rb') as f:
   while 1:
    b=f.read(512)
    if not b:break
    h.update(b)
  h=''.join('%02x'%b for b in h.digest())
 except ImportError:
  h='-'
 print(n,h)
`;

/** What runs programs: a `Repl`. */
interface Executor {
  readonly port: string;
  exec(code: string, limits: Limits): Promise<ExecResult>;
}

/** Writes a file on the board. Throws `SerialFault`: `refused` with the board's reason. */
export async function putFile(
  repl: Executor,
  request: Limits & { readonly path: string; readonly content: Uint8Array },
): Promise<void> {
  const board = new Board(repl, request);
  const { path, content } = request;
  const doing = `could not write ${path} (${content.length} bytes)`;
  await board.run(`_f=open(${pythonString(path)},'wb')\n_w=_f.write\n`, doing);
  for (let at = 0; at < content.length; at += CHUNK)
    await board.run(`_w(${pythonBytes(content.subarray(at, at + CHUNK))})\n`, doing);
  await board.run('_f.close()\ndel _f,_w\n', doing);
  await board.prove(path, content, doing);
}

/** Reads a file of the board. Throws `SerialFault`: `refused` with the board's reason. */
export async function getFile(repl: Executor, request: Limits & { readonly path: string }): Promise<Buffer> {
  const board = new Board(repl, request);
  const { path } = request;
  const doing = `could not read ${path}`;
  const program = `with open(${pythonString(path)},'rb') as _f:\n while 1:\n  _b=_f.read(${CHUNK})\n  if not _b:break\n  print(repr(_b))\n`;
  const lines = (await board.run(program, doing)).split('\r\n').filter((line) => line !== '');
  const parts = lines.map((line) => parseBytes(line));
  if (parts.includes(undefined)) throw board.fault(`${doing}: it was damaged on the way`);
  const content = Buffer.concat(parts as Buffer[]);
  await board.prove(path, content, doing);
  return content;
}

/** A REPL with the limits of one call over several programs. */
class Board {
  readonly #repl: Executor;
  readonly #clock: Clock;

  constructor(repl: Executor, limits: Limits) {
    this.#repl = repl;
    this.#clock = new Clock(limits);
  }

  async run(program: string, doing: string): Promise<string> {
    const { remainingMs: limitMs, signal } = this.#clock;
    const { stdout, stderr } = await this.#repl.exec(program, { limitMs, signal });
    if (stderr.length > 0) throw this.fault(`${doing}: ${reasonOf(stderr.toString('utf8'))}`);
    return stdout.toString('latin1');
  }

  async prove(path: string, content: Uint8Array, doing: string): Promise<void> {
    const said = await this.run(`${DIGEST}_d(${pythonString(path)})\ndel _d\n`, doing);
    const [, size, hash] = /(\d+) (-|[0-9a-f]{64})\r\n$/.exec(said) ?? [];
    const wanted = createHash('sha256').update(content).digest('hex');
    if (Number(size) !== content.length)
      throw this.fault(`${doing}: it is ${size ?? '?'} bytes on the board and ${content.length} bytes here`);
    if (hash !== '-' && hash !== wanted) throw this.fault(`${doing}: it was damaged on the way`);
  }

  fault(message: string): SerialFault {
    return new SerialFault('refused', this.#repl.port, message);
  }
}

const ERRNO: Readonly<Record<string, string>> = {
  EPERM: "the board's filesystem does not allow it",
  ENOENT: 'there is no such file or directory on the board',
  EEXIST: 'it is there already',
  EISDIR: 'it is a directory',
  ENOSPC: "the board's filesystem is full",
  EROFS: "the board's filesystem is read-only",
};
const NUMBERS: Readonly<Record<string, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  17: 'EEXIST',
  21: 'EISDIR',
  28: 'ENOSPC',
  30: 'EROFS',
};

/** The last line of a traceback, with the errno in words. */
function reasonOf(traceback: string): string {
  const last = traceback.trim().split(/\r?\n/).at(-1) ?? '';
  const [, number, name] = /^OSError: (?:\[Errno )?(\d+)\]?\s*(E[A-Z]+)?/.exec(last) ?? [];
  const words = ERRNO[name ?? NUMBERS[number ?? ''] ?? ''];
  return words === undefined ? last : `${words} (${last})`;
}
