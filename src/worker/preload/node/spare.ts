// A Node process that has done the imports of its stage, and waits for the one test that it becomes:
//
//     imports ─ "ready" ─ waits ─ request ─┬▶ "started" ─ takes over names, streams, environment ─▶ the test's program
//                                          └▶ "fault CODE", and the end
//
// It waits without its event loop, so that the test finds the moment after the imports. When its worker goes, it ends.
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { importAll } from './imports.ts';

/** To the worker, both ways, until the test begins: then it is the event channel. */
const WORKER = 3;

const memory = memoryOfNames();
const specifiers = process.argv.splice(1).slice(1);
delete process.env['TESTBED_ROOM'];
const fault = await importAll(specifiers);
if (fault !== undefined) {
  say(`failed ${fault.why}`);
  process.exit(1);
}
say('ready');
begin();

function begin(): void {
  const [cwd = '', stdout = '', stderr = '', events = '', count = '', ...words] = receive().split('\0');
  const argv = words.slice(0, Number(count));
  const environment = words.slice(Number(count));
  try {
    process.chdir(cwd);
  } catch (error) {
    say(`fault ${(error as NodeJS.ErrnoException).code}`);
    process.exit(1);
  }
  say('started');
  for (const [descriptor, name] of [stdout, stderr, events].entries()) connect(descriptor + 1, name);
  takeEnvironment(environment);
  rename(argv, environment);
  const [program = '', script = '', ...rest] = argv;
  // It is told to be read-only.
  Object.defineProperty(process, 'argv0', { value: program });
  process.argv = [process.execPath, path.resolve(script), ...rest];
  // From there, no frame of this file is below those of the test.
  setImmediate(Module.runMain);
}

/** The request: its length in four bytes, then its parts, NUL between them. Ends this process when the worker went. */
function receive(): string {
  return readExactly(readExactly(4).readUInt32BE()).toString();
}

function readExactly(size: number): Buffer {
  const data = Buffer.alloc(size);
  for (let at = 0; at < size;) {
    const read = readSync(WORKER, data, at, size - at, null);
    if (read === 0) process.exit(0);
    at += read;
  }
  return data;
}

function say(line: string): void {
  try {
    writeSync(WORKER, `${line}\n`);
  } catch {
    // Nobody is there to become a test for.
    process.exit(0);
  }
}

/** A descriptor becomes a pipe of the worker, by its name in the worker's `/proc`: what is opened gets the lowest that is free. */
function connect(descriptor: number, name: string): void {
  closeSync(descriptor);
  const opened = openSync(name, constants.O_WRONLY);
  if (opened !== descriptor)
    throw new Error(`Internal error: expected descriptor ${descriptor}, was ${opened}`);
}

/** All variables move to memory of their own, so that the place where others read them may be written over. */
function takeEnvironment(entries: readonly string[]): void {
  const wanted = new Map(entries.map((entry) => entry.split(/=(.*)/s, 2) as [string, string]));
  for (const name of Object.keys(process.env)) if (!wanted.has(name)) delete process.env[name];
  for (const [name, value] of wanted) process.env[name] = value;
}

interface Area {
  readonly start: number;
  readonly size: number;
}

/** Where command line and environment of this process are read by others. */
function memoryOfNames(): readonly [Area, Area] {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [start = 0, end = 0, first = 0, last = 0] = fields.slice(45, 49).map(Number);
  return [
    { start, size: end - start },
    { start: first, size: last - first },
  ];
}

/** Shows this process to others as what it is now: by its environment the strays of a run are found. */
function rename(argv: readonly string[], environment: readonly string[]): void {
  const file = openSync('/proc/self/mem', 'r+');
  for (const [index, words] of [argv, environment].entries()) {
    const { start, size } = memory[index]!;
    const text = Buffer.alloc(size);
    let at = 0;
    for (const word of words) {
      const length = Buffer.byteLength(word) + 1;
      if (at + length > size) break;
      at += text.write(word, at) + 1;
    }
    writeSync(file, text, 0, size, start);
  }
  closeSync(file);
}
