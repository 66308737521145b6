import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cpython } from '../../src/worker/repl/cpython.ts';

/** Programs whose output is complete only when the interpreter ends as it should. */
const ENDINGS: Readonly<Record<string, string>> = {
  'nothing special': 'print(__name__, __file__ is not None)',
  'a skip': 'print("SKIP")\nraise SystemExit',
  'an object with a finaliser': 'class A:\n  def __del__(self): print("gone")\na = A()\nprint("end")',
  'a cycle with a finaliser':
    'class A:\n  def __del__(self): print("gone")\na = A(); a.a = a\ndel a\nprint("end")',
  'a finaliser that needs a global':
    'x = 1\nclass A:\n  def __del__(self): print("gone", x)\na = A()\ndef f(): return a\nprint("end")',
  'a function for the end': 'import atexit\natexit.register(print, "bye")\nprint("end")',
  'a weak reference for the end':
    'import weakref\nclass A: pass\na = A()\nweakref.finalize(a, print, "finalised")\nprint("end")',
  'a thread that is not over':
    'import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.05), print("thread"))).start()\nprint("main")',
  'a stream in the place of stdout':
    'import sys\nprint("before")\nclass S:\n  def write(self, s): return sys.__stdout__.write(s.upper())\n  def flush(self): sys.__stdout__.flush()\nsys.stdout = S()\nprint("after")',
  'text on both streams': 'import sys\nsys.stderr.write("err\\n")\nsys.stdout.write("no line end")',
};

const directory = mkdtempSync(join(tmpdir(), 'testbed-cpython-'));
let cpython: Cpython;
beforeAll(() => {
  cpython = new Cpython('python3', process.env);
});
afterAll(() => {
  cpython.close();
  rmSync(directory, { recursive: true });
});

it.each(Object.entries(ENDINGS))('a forked CPython says what a fresh one says: %s', async (name, program) => {
  const file = join(directory, `${name.replaceAll(' ', '_')}.py`);
  writeFileSync(file, `${program}\n`);
  const [forked, fresh] = await Promise.all([cpython.run(file, 'forked'), cpython.run(file, 'plain')]);
  expect(forked.ok && forked.output.toString()).toBe(fresh.ok && fresh.output.toString());
  expect(fresh.ok && fresh.output.length).toBeGreaterThan(0);
});

it('a program that fails is marked, and leaves the next one alone', async () => {
  const [bad, exit, good] = ['bad.py', 'exit.py', 'good.py'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(bad, 'print("so far")\n1 / 0\n');
  writeFileSync(exit, 'print("so far")\nraise SystemExit(3)\n');
  writeFileSync(good, 'import sys\nprint(len(sys.argv), sys.path[0])\n');
  const answers = await Promise.all([bad, exit, good].map((file) => cpython.run(file, 'forked')));
  expect(answers.map((answer) => answer.ok && answer.output.toString().split('\n').slice(0, 2))).toEqual([
    ['CPYTHON3 CRASH:', 'so far'],
    ['CPYTHON3 CRASH:', 'so far'],
    [`1 ${directory}`, ''],
  ]);
});
