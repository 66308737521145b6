import { constants, existsSync, fstatSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import { isatty } from 'node:tty';
import { unreachable } from '../../util/unreachable.ts';
import type { OutputStream } from '../renderer.ts';
import { DescriptorPort, openAgain } from './descriptor-port.ts';
import { FilePort } from './file-port.ts';
import { PipePort } from './pipe-port.ts';
import type { Port } from './port.ts';
import { StreamPort } from './stream-port.ts';

/** Where a renderer writes: one of the process's streams, a descriptor that it was given, or a path. */
export type Place =
  | { readonly kind: 'stdout' | 'stderr' }
  | { readonly kind: 'descriptor'; readonly descriptor: number }
  | { readonly kind: 'path'; readonly path: string };

/** What a session calls its log. */
const LOG = 'events.jsonl';

/** Where nothing can be written; the message is for a person who gave that place. */
export class PlaceFault extends Error {}

/** What a person calls a place: `-` is stdout, `fd:3` and `/dev/fd/3` are a descriptor, else it is a path. */
export function placeOf(text: string): Place {
  if (text === '-' || text === '/dev/stdout') return { kind: 'stdout' };
  if (text === '/dev/stderr') return { kind: 'stderr' };
  const number = /^(?:fd:|\/dev\/fd\/|\/proc\/self\/fd\/)(\d{1,5})$/.exec(text)?.[1];
  if (number === undefined) return { kind: 'path', path: text };
  const descriptor = Number(number);
  if (descriptor === 1) return { kind: 'stdout' };
  return descriptor === 2 ? { kind: 'stderr' } : { kind: 'descriptor', descriptor };
}

/** A place as text again, for messages and to tell whether two are the same. */
export function placeName(place: Place, cwd: string): string {
  switch (place.kind) {
    case 'stdout':
    case 'stderr':
      return place.kind;
    case 'descriptor':
      return `descriptor ${place.descriptor}`;
    case 'path':
      return path.resolve(cwd, place.path);
    default:
      return unreachable(place);
  }
}

/** A place whose content is written once and cannot be replaced: anything but a regular file, or none yet. */
export function isStreamed(place: Place, cwd: string): boolean {
  if (place.kind !== 'path') return true;
  const stat = statSync(path.resolve(cwd, place.path), { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile();
}

/** The port of one of the process's own streams (or what stands for one in a test). */
export function streamPort(stream: OutputStream): Port {
  const { fd } = stream as { readonly fd?: unknown };
  if (typeof fd !== 'number') return new StreamPort(stream, false);
  return descriptorPort(fd) ?? new StreamPort(stream, false);
}

/** Opens a place; throws `PlaceFault`. A named pipe waits for its reader without holding anybody up. */
export function openPlace(place: Extract<Place, { kind: 'descriptor' | 'path' }>, cwd: string): Port {
  if (place.kind === 'descriptor') return openDescriptor(place.descriptor);
  const file = path.resolve(cwd, place.path);
  if (isStreamed(place, cwd) && statSync(file).isFIFO()) return new PipePort(file);
  if (path.basename(file) === LOG && existsSync(file))
    throw new PlaceFault(
      `${place.path} is the log of a session, and would be written over. Choose another name.`,
    );
  try {
    return new FilePort(file);
  } catch (error) {
    throw new PlaceFault(`${place.path} can not be written: ${(error as Error).message}`);
  }
}

function openDescriptor(descriptor: number): Port {
  checkGiven(descriptor);
  return (
    descriptorPort(descriptor) ??
    new StreamPort(new Socket({ fd: descriptor, readable: false, writable: true }), true)
  );
}

/** A terminal or pipe is opened again, so that it does not block; a file never does. Undefined for what can not: a socket. */
function descriptorPort(descriptor: number): Port | undefined {
  const stat = fstatSync(descriptor);
  if (stat.isFIFO() || isatty(descriptor)) {
    const again = openAgain(descriptor);
    return again === undefined ? undefined : new DescriptorPort(again, true);
  }
  return stat.isSocket() ? undefined : new DescriptorPort(descriptor, false);
}

/** Throws `PlaceFault` unless the descriptor was given to this process, and for writing. Node has some of its own, with any number. */
function checkGiven(descriptor: number): void {
  const give = `Give it one: testbed … ${descriptor}>FILE`;
  let what: string;
  try {
    what = readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    throw new PlaceFault(`descriptor ${descriptor} is not open. ${give}`);
  }
  const octal = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? '0';
  const readOnly = (Number.parseInt(octal, 8) & 3) === constants.O_RDONLY;
  if (what.startsWith('anon_inode:') || (what.startsWith('pipe:') && isOurs(what)))
    throw new PlaceFault(`descriptor ${descriptor} was not given to testbed. ${give}`);
  if (readOnly) throw new PlaceFault(`descriptor ${descriptor} is open for reading only. ${give}`);
}

/** A pipe of which this process has both ends is one that Node uses inside. */
function isOurs(pipe: string): boolean {
  const ends = readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`) === pipe;
    } catch {
      // The one that the listing itself had open.
      return false;
    }
  });
  const flags = ends.map((name) => readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'));
  return flags.some((text) => /^flags:\s*\d*[04]$/m.test(text)) && ends.length > 1;
}
