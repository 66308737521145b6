import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ProcessIdentity } from '../../event/event.ts';
import { livenessOf, ownIdentity } from '../../util/process-identity.ts';

const NAME = /^testbed-[A-Za-z0-9]{6}$/;
const SOCKET = 'boards';
/** Beside the socket: whose it is, so that the directory of a host that was killed can be told from one in use. */
const OWNER = 'owner.json';
/** What the address of a unix socket may have, with its end mark. */
const ADDRESS_BYTES = 108;

/** A path for this host's socket, in a directory that keeps others out; those of dead hosts are removed. */
export function newSocket(): string {
  const longest = ADDRESS_BYTES - Buffer.byteLength(`/testbed-XXXXXX/${SOCKET}\0`);
  const base = Buffer.byteLength(os.tmpdir()) <= longest ? os.tmpdir() : '/tmp';
  sweep(base);
  const directory = fs.mkdtempSync(path.join(base, 'testbed-'));
  fs.writeFileSync(path.join(directory, OWNER), `${JSON.stringify(ownIdentity())}\n`);
  return path.join(directory, SOCKET);
}

/** Removes a socket with the directory that was made for it alone. */
export function removeSocket(socket: string): void {
  const directory = path.dirname(socket);
  try {
    fs.rmSync(socket, { force: true });
    fs.rmSync(path.join(directory, OWNER), { force: true });
    fs.rmdirSync(directory);
  } catch {
    // It is gone already, or somebody keeps something else in there.
  }
}

function sweep(base: string): void {
  for (const name of fs.readdirSync(base)) {
    if (!NAME.test(name)) continue;
    const directory = path.join(base, name);
    try {
      // What somebody else put there under our name, such as a pipe that nobody writes to, is not opened.
      const { uid } = fs.lstatSync(directory);
      if (uid !== process.getuid?.() || !fs.lstatSync(path.join(directory, OWNER)).isFile()) continue;
      const owner = JSON.parse(fs.readFileSync(path.join(directory, OWNER), 'utf8')) as ProcessIdentity;
      if (livenessOf(owner) === 'dead') removeSocket(path.join(directory, SOCKET));
    } catch {
      // Another user's, or nothing of ours.
    }
  }
}
