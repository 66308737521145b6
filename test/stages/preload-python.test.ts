// Stages with an interpreter of Python, through the real binary: nobody can tell a test that was forked from one that was started.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Rig } from '../support/rig.ts';
import { bench, endingsOf, lives, spec, stagesOf } from './bench.ts';
import { startedCold, twins } from './preload.ts';

/** The interpreter itself: what stands in PATH may be a script that sets variables of its own. */
const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();

const WARM = `  warm: { preload: python, interpreter: ${PYTHON}, imports: [json, unittest, helpers] }\n`;
/** Says when it is imported, and has a state. */
const HELPERS = 'count = 0\nprint("helpers are imported")\n';

/** What a program can see of how it was started, and how it can end. */
const PROGRAMS: Readonly<Record<string, string>> = {
  arguments: 'import sys; print(sys.argv, sys.orig_argv[1:], sys.flags, sys.executable)',
  place: 'import os, sys; print(os.getcwd(), sys.path, __file__, __name__, __loader__, __spec__)',
  main: 'import sys; print(sys.modules["__main__"].__dict__ is globals(), sorted(globals()))',
  environment: 'import os; print(sorted(name for name in os.environ))\nos.system("echo $RIG_WORD")',
  streams: `
import os, sys
for stream in (sys.stdin, sys.stdout, sys.stderr):
    print(stream.encoding, stream.errors, stream.line_buffering, stream.isatty(), stream.fileno(), stream.name)
print(repr(sys.stdin.read()))`,
  descriptors: 'import os; print(sorted(os.listdir("/proc/self/fd")))',
  session: 'import os; print(os.getpgrp() == os.getpid() == os.getsid(0))',
  signals: 'print([line for line in open("/proc/self/status") if line.startswith(("Sig", "Shd"))][2:])',
  hooks:
    'import sys, threading; print(sys.excepthook, threading.active_count(), threading.main_thread().name)',
  seven: 'import sys; sys.exit(7)',
  none: 'import sys; print("x"); sys.exit(None)',
  large: 'import sys; sys.exit(259)',
  words: 'import sys; print("before"); sys.exit("no luck today")',
  raise:
    'def f(x):\n    return 1 / x\ntry:\n    f(0)\nexcept ZeroDivisionError as e:\n    raise ValueError("twice") from e',
  syntax: 'x = = 1',
  hook: 'import sys\nsys.excepthook = lambda kind, value, trace: print(kind.__name__, value, trace.tb_frame.f_code.co_name)\n1 / 0',
  interrupt: 'import sys\nprint("before")\nraise KeyboardInterrupt',
  segv: 'import os, signal; os.kill(os.getpid(), signal.SIGSEGV)',
  kill: 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)',
  leave: 'import os; print("lost in a buffer"); os._exit(5)',
  unicode: 'print("größer ✓ 🐍"); import sys; sys.stdout.buffer.write(b"\\xff\\xfe\\n")',
  much: 'for i in range(200000): print(i, "x" * 40)',
  atexit: `
import atexit, sys
class Gone:
    def __init__(self, name): self.name = name
    def __del__(self): print("gone:", self.name)
one, two = Gone("one"), Gone("two")
circle = [Gone("circle")]
circle.append(circle)
atexit.register(print, "first"); atexit.register(print, "second")`,
  badexit: 'import atexit; atexit.register(lambda: 1 / 0)',
  thread:
    'import threading, time; threading.Thread(target=lambda: (time.sleep(0.2), print("late"))).start(); print("early")',
  daemon:
    'import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); print("early")',
  children:
    'import subprocess, sys; print(subprocess.run([sys.executable, "-c", "print(1 + 1)"], capture_output=True))',
  forks:
    'import os\npid = os.fork()\nif pid == 0:\n    os._exit(3)\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))',
  closed: 'import sys; sys.stdout.close()',
  replaced:
    'import io, sys; sys.stdout = io.TextIOWrapper(sys.stdout.buffer, write_through=True); print("through")',
  cases:
    'import unittest\nclass T(unittest.TestCase):\n    def test_a(self): self.assertEqual(1, 2)\nunittest.main(argv=["x"])',
  depth:
    'import sys\nsys.setrecursionlimit(200)\ndef f(n): return f(n + 1)\ntry: f(0)\nexcept RecursionError: print("deep")',
};

test('cold and from a stage, a program sees and says the same, and ends in the same way', async () => {
  await using rig = new Rig();
  rig.write('helpers.py', HELPERS);
  rig.write('package/__main__.py', 'import sys; print(sys.argv, sys.path[0], __name__, __package__)');
  rig.write(
    'package/part.py',
    'import sys; print(sys.argv, sys.path[0], __name__, __package__, __spec__.name)',
  );
  for (const [name, source] of Object.entries(PROGRAMS)) rig.write(`tests/${name}.py`, source);
  const commands = {
    ...Object.fromEntries(
      Object.keys(PROGRAMS).map((name) => [name, [PYTHON, `tests/../tests/${name}.py`, 'one', 'ü two']]),
    ),
    'a-module': [PYTHON, '-m', 'package.part', 'one'],
    'a-package': [PYTHON, '-m', 'package', 'one'],
    'a-directory': [PYTHON, 'package', 'one'],
    'no-module': [PYTHON, '-m', 'package.nothing'],
    'the-code': [PYTHON, '-c', 'import sys; print(sys.argv, sys.path[0] == "", __name__)\n1 / 0', 'one'],
    'no-file': [PYTHON, 'tests/nothing.py'],
  };
  const seen = await twins(rig, WARM, commands, "env: { RIG_WORD: 'a word' }");
  for (const [name, { cold, warm }] of seen) {
    expect(warm, name).toEqual(cold);
    expect(startedCold(rig, `WARM-${name.toUpperCase()}`), name).toBe('');
  }
  expect(seen.get('seven')?.warm).toMatchObject({ verdict: 'fail' });
  expect(seen.get('environment')?.warm.output).toMatch(/a word$/m);
  expect(rig.read('results/latest/stages/warm/output.txt')).toBe('helpers are imported\n');
});

test('what is imported is there, and what one test does to it is not seen by the next', async () => {
  await using rig = new Rig();
  rig.write('helpers.py', HELPERS);
  rig.write('t.py', 'import helpers, random\nhelpers.count += 1\nprint(helpers.count, random.random())');
  bench(rig, {
    stages: `  warm: { preload: python, interpreter: ${PYTHON}, imports: [helpers, random] }\n`,
    specs: spec('t', [PYTHON, 't.py'], 'stage: warm'),
  });
  expect((await rig.run(['run', '--count', '4', '--jobs', '2'])).exit).toBe(0);
  const said = ['T', 'T#2', 'T#3', 'T#4'].map((run) => rig.read(`results/latest/runs/${run}/output.txt`));
  expect(said.map((text) => text.split(' ')[0])).toEqual(['1', '1', '1', '1']);
  expect(new Set(said).size).toBe(4);
  expect(rig.read('results/latest/stages/warm/output.txt')).toBe('helpers are imported\n');
});

/** A spec whose name says how its results come about. */
function withResults(name: string, command: readonly string[]): string {
  return spec(name, command, 'stage: warm').replace('results: exit-code', `results: ${name}`);
}

test('results of each kind, and the event channel', async () => {
  await using rig = new Rig();
  rig.write('tap.py', 'print("1..2\\nok 1 - a\\nnot ok 2 - b")');
  rig.write(
    'junit.py',
    'import sys; open(sys.argv[1] + "/results.xml", "w").write(\'<testsuite><testcase name="c"/></testsuite>\')',
  );
  rig.write(
    'events.py',
    'import os\nos.write(3, b\'{"type":"test-finished","path":"d","verdict":"pass"}\\n\')\n' +
      'open(os.environ["TESTBED_EVENTS"], "w").write(\'{"type":"test-finished","path":"e","verdict":"pass"}\\n\')',
  );
  bench(rig, {
    stages: `  warm: { preload: python, interpreter: ${PYTHON} }\n`,
    specs:
      withResults('tap', [PYTHON, 'tap.py']) +
      withResults('junit', [PYTHON, 'junit.py', '${run.dir}']) +
      withResults('events', [PYTHON, 'events.py']),
  });
  expect((await rig.run(['run'])).exit).toBe(1);
  expect(endingsOf(rig.events()).toSorted()).toEqual(['EVENTS pass', 'JUNIT pass', 'TAP tests-failed']);
  const tests = rig.events().filter((event) => event.type === 'test-finished');
  expect(tests.map(({ path: name, verdict }) => `${name} ${verdict}`).toSorted()).toEqual([
    'a pass',
    'b fail',
    'c pass',
    'd pass',
    'e pass',
  ]);
});

test.each([
  ['an option of the interpreter', [PYTHON, '-O', 't.py'], '', 'has the option -O'],
  ['another program', ['sh', '-c', 'true'], '', 'does not begin with'],
  ['another environment at the start', [PYTHON, 't.py'], 'env: { PYTHONHASHSEED: "1" }', 'PYTHONHASHSEED'],
])('%s: a cold start, and check says so', async (_, command, more, why) => {
  await using rig = new Rig();
  rig.write('t.py', '');
  bench(rig, {
    stages: `  warm: { preload: python, interpreter: ${PYTHON} }\n`,
    specs: spec('t', command, `stage: warm, ${more}`),
  });
  const { exit, stderr } = await rig.run(['check']);
  expect([exit, stderr]).toEqual([0, expect.stringContaining('these runs start cold')]);
  expect(stderr).toContain(why);
  expect((await rig.run(['run', '--keep'])).exit).toBe(0);
  expect(startedCold(rig, 'T')).toContain(why);
});

test('an import that is not there: the stage is given up at once, with the line that says so', async () => {
  await using rig = new Rig();
  rig.write('broken.py', 'raise OSError("the licence server is down")');
  bench(rig, {
    stages:
      `  gone: { preload: python, interpreter: ${PYTHON}, imports: [json, not_there] }\n` +
      `  broken: { preload: python, interpreter: ${PYTHON}, imports: [broken] }\n`,
    specs: spec('a', [PYTHON, '-c', ''], 'stage: gone') + spec('b', [PYTHON, '-c', ''], 'stage: broken'),
  });
  expect((await rig.run(['run'])).exit).toBe(3);
  const stopped = rig.events().filter((event) => event.type === 'stage-stopped');
  const said = (name: string): string[] =>
    stopped
      .filter(({ stage }) => stage === name)
      .map(({ why, reason, evidence }) => `${why}: ${reason} | ${evidence}`);
  expect(said('gone')).toEqual([
    "given-up: It could not import not_there: ModuleNotFoundError: No module named 'not_there'. | ModuleNotFoundError: No module named 'not_there'",
  ]);
  const broken =
    'It could not import broken: OSError: the licence server is down. | OSError: the licence server is down';
  expect(said('broken')).toEqual([`not-ready: ${broken}`, `not-ready: ${broken}`, `given-up: ${broken}`]);
});

test('a test that leaves a daemon: it is found and killed with its run, and the interpreter lives on', async () => {
  await using rig = new Rig();
  rig.write(
    'leave.py',
    `
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("stray", "w").write(str(os.getpid()))
        os.close(1); os.close(2)
        time.sleep(600)
    os._exit(0)
while not os.path.exists("stray"): time.sleep(0.01)
`,
  );
  bench(rig, {
    stages: `  warm: { preload: python, interpreter: ${PYTHON} }\n`,
    specs:
      spec('a', [PYTHON, 'leave.py'], 'stage: warm, priority: 1') +
      spec('b', [PYTHON, '-c', 'print(1)'], 'stage: warm'),
  });
  expect((await rig.run(['run', '--jobs', '1'])).exit).toBe(0);
  expect(lives(Number(rig.read('stray')))).toBe(false);
  expect(
    rig.events().some((event) => event.type === 'warning' && event.message.includes('left a process')),
  ).toBe(true);
  expect(stagesOf(rig.events())).toEqual(['warm started', 'warm ready', 'warm stopped idle']);
});
