// Stages with spare processes of Node, through the real binary: nobody can tell a test that became one from one that was started.
import { expect, test } from 'vitest';
import { Rig } from '../support/rig.ts';
import { bench, endingsOf, lives, spec, stagesOf } from './bench.ts';
import { startedCold, twins, type Ended } from './preload.ts';

const WARM = '  warm: { preload: node, imports: [./helpers.cjs, ./state.mjs, small] }\n';
const HELPERS = 'let count = 0; exports.next = () => ++count; exports.loadedIn = process.cwd();';
const STATE = 'export const state = { count: 0 };';

/** What a program can see of how it was started, and how it can end. */
const PROGRAMS: Readonly<Record<string, string>> = {
  arguments: 'console.log(process.argv, process.execArgv, process.argv0, process.title, process.execPath)',
  place: 'console.log(process.cwd(), __filename, __dirname, module.paths, module.id, module.parent)',
  main: 'console.log(require.main === module, process.mainModule === module, Object.keys(globalThis))',
  environment:
    'console.log(Object.keys(process.env).sort(), process.env.RIG_WORD);' +
    'console.log(require("node:child_process").execSync("echo $RIG_WORD").toString())',
  zone: 'console.log(new Date(0).getHours(), Intl.DateTimeFormat().resolvedOptions().locale)',
  streams:
    'for (const stream of [process.stdin, process.stdout, process.stderr]) ' +
    'console.log(stream.constructor.name, stream._type, stream.isTTY, stream.fd, stream.writableHighWaterMark)',
  stdin: 'process.stdin.on("data", console.log).on("end", () => console.log("over"))',
  session:
    'const fields = require("node:fs").readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");' +
    'console.log([fields[2], fields[3]].map((id) => id === String(process.pid)))',
  signals:
    'console.log(require("node:fs").readFileSync("/proc/self/status", "utf8").match(/^Sig(Blk|Ign|Cgt).*$/gm))',
  names: 'console.log(require("node:fs").readFileSync("/proc/self/cmdline", "utf8").replace(/\\0+$/, ""))',
  seven: 'console.log("before"); process.exit(7); console.log("after")',
  code: 'process.exitCode = 5; process.on("exit", (code) => console.log("exit", code))',
  raise: 'function f() { throw new TypeError("no luck", { cause: new Error("today") }); }\nf();',
  reject: 'Promise.reject(new Error("nobody hears"))',
  later: 'setTimeout(() => { throw new Error("late"); }, 10)',
  handled: 'process.on("uncaughtException", (e) => console.log("heard", e.message)); throw new Error("x")',
  syntax: 'const = 1',
  nothing: 'require("./not-there")',
  kill: 'process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 1e4)',
  abort: 'process.kill(process.pid, "SIGSEGV"); setTimeout(() => {}, 1e4)',
  term: 'process.on("SIGTERM", () => { console.log("told"); process.exit(3); }); setTimeout(() => {}, 1e4); process.kill(process.pid, "SIGTERM")',
  much: 'console.log("0123456789abcdef".repeat(65536)); process.exitCode = 0',
  pieces: 'for (let i = 0; i < 30000; i++) process.stdout.write(`${i} ${"x".repeat(40)}\\n`)',
  unicode: 'console.log("größer ✓ 🐍"); process.stderr.write(Buffer.from([0xff, 0xfe, 10]))',
  order:
    'setTimeout(() => console.log("4 timer"), 1); process.nextTick(() => console.log("2 tick"));' +
    'Promise.resolve().then(() => console.log("3 promise")); console.log("1 main");' +
    'process.on("beforeExit", () => console.log("5 before exit"))',
  children:
    'const { spawnSync } = require("node:child_process");' +
    'const child = spawnSync(process.execPath, ["-p", "1 + 1"], { stdio: ["ignore", "pipe", "inherit"] });' +
    'console.log(child.status, child.stdout.toString())',
  forks:
    'const { fork } = require("node:child_process");' +
    'if (process.send) process.send("hello"); else fork(__filename).on("message", (said) => console.log(said))',
  worker:
    'const { Worker, isMainThread } = require("node:worker_threads");' +
    'if (isMainThread) new Worker(__filename, { argv: ["x"] }); else console.log("in a thread", process.argv.slice(2))',
  imported: 'console.log(require("./../helpers.cjs").next(), require("small"))',
  cases:
    'const { test } = require("node:test"); test("a", () => {}); test("b", () => { throw new Error("b"); })',
};

/** The same for ES modules. */
const MODULES: Readonly<Record<string, string>> = {
  'module-main': 'console.log(import.meta.main, import.meta.url, import.meta.filename, process.argv)',
  'module-state': 'import { state } from "../state.mjs"; console.log(++state.count)',
  'module-awaits': 'await new Promise((resolve) => setTimeout(resolve, 10)); console.log("awaited")',
  'module-hangs': 'console.log("before"); await new Promise(() => {})',
  'module-raises': 'throw new Error("in a module")',
  'module-lacks': 'import "./not-there.mjs"',
  'module-requires':
    'import { createRequire } from "node:module"; console.log(createRequire(import.meta.url)("../helpers.cjs").next())',
};

/** What was put where `imports:` looks. */
function helpers(rig: Rig): void {
  rig.write('helpers.cjs', HELPERS);
  rig.write('state.mjs', STATE);
  rig.write('node_modules/small/package.json', '{"name": "small", "main": "./main.js"}');
  rig.write('node_modules/small/main.js', 'process.stdout; process.stderr; exports.small = true');
}

/** Frames inside Node, pids and times say how a process was started, or differ each time. */
function comparable({ verdict, reason, output }: Ended): Ended {
  const lines = output
    .split('\n')
    .filter((line) => !/^\s+at (?:async )?(?:.* \()?node:/.test(line))
    .map((line) => line.replaceAll(/(?<=duration_ms:? |\()[\d.]+(?=ms|$)/g, '…').replace(/^\(node:\d+\)/, ''))
    .map((line) => (line.length > 1000 ? `${line.length} characters` : line));
  return { verdict, reason, output: lines.join('\n') };
}

test('cold and from a stage, a program sees and says the same, and ends in the same way', async () => {
  await using rig = new Rig();
  helpers(rig);
  const commands: Record<string, string[]> = {};
  for (const [sources, ending] of [
    [PROGRAMS, 'js'],
    [MODULES, 'mjs'],
  ] as const)
    for (const [name, source] of Object.entries(sources)) {
      rig.write(`tests/${name}.${ending}`, source);
      commands[name] = ['node', `tests/../tests/${name}.${ending}`, 'one', 'ü two'];
    }
  rig.write('tests/typed.ts', 'const word: string = "typed"; console.log(word, process.argv.length)');
  rig.write('a-package/index.js', 'console.log("of a directory", __filename, process.argv)');
  commands['typed'] = ['node', 'tests/typed.ts'];
  commands['a-directory'] = ['node', './a-package', '--flag'];
  commands['no-suffix'] = ['node', 'tests/seven'];
  commands['no-file'] = ['node', 'tests/not-there.js'];
  const seen = await twins(rig, WARM, commands, "env: { RIG_WORD: 'a word' }");
  for (const [name, { cold, warm }] of seen) {
    expect(comparable(warm), name).toEqual(comparable(cold));
    expect(startedCold(rig, `WARM-${name.toUpperCase()}`), name).toBe('');
  }
  const reasons = ['seven', 'code', 'raise', 'kill', 'module-hangs', 'no-file'].map(
    (name) => seen.get(name)?.warm.reason,
  );
  expect(reasons).toEqual([
    'exit code 7',
    'exit code 5',
    'exit code 1',
    'The test process was ended from outside with SIGKILL (out of memory?).',
    'exit code 13',
    'exit code 1',
  ]);
  expect(seen.get('much')?.warm.output).toHaveLength(2 ** 20 + 1);
});

test('what is imported is there, and what one test does to it is not seen by the next', async () => {
  await using rig = new Rig();
  rig.write('slow.cjs', 'console.log("imported"); exports.count = 0; exports.pid = process.pid;');
  rig.write(
    't.cjs',
    'const slow = require("./slow.cjs"); console.log(++slow.count, slow.pid === process.pid, process.pid)',
  );
  bench(rig, {
    stages: '  warm: { preload: node, imports: [./slow.cjs] }\n',
    specs: spec('t', ['node', 't.cjs'], 'stage: warm'),
  });
  expect((await rig.run(['run', '--count', '4', '--jobs', '2'])).exit).toBe(0);
  const said = ['T', 'T#2', 'T#3', 'T#4'].map((run) => rig.read(`results/latest/runs/${run}/output.txt`));
  expect(said.map((text) => text.replace(/\d+\n$/, ''))).toEqual(Array(4).fill('1 true '));
  expect(new Set(said).size).toBe(4);
  expect(rig.read('results/latest/stages/warm/output.txt')).toBe('imported\n');
});

/** A spec whose name says how its results come about. */
function withResults(name: string, command: readonly string[]): string {
  return spec(name, command, 'stage: warm').replace('results: exit-code', `results: ${name}`);
}

test('results of each kind, and the event channel', async () => {
  await using rig = new Rig();
  rig.write('tap.js', 'console.log("1..2\\nok 1 - a\\nnot ok 2 - b")');
  rig.write(
    'junit.js',
    'require("node:fs").writeFileSync(process.argv[2] + "/results.xml", \'<testsuite><testcase name="c"/></testsuite>\')',
  );
  rig.write(
    'events.js',
    'const fs = require("node:fs"); fs.writeSync(3, \'{"type":"test-finished","path":"d","verdict":"pass"}\\n\');' +
      'fs.writeFileSync(process.env.TESTBED_EVENTS, \'{"type":"test-finished","path":"e","verdict":"pass"}\\n\')',
  );
  bench(rig, {
    stages: '  warm: { preload: node }\n',
    specs:
      withResults('tap', ['node', 'tap.js']) +
      withResults('junit', ['node', 'junit.js', '${run.dir}']) +
      withResults('events', ['node', 'events.js']),
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
  ['an option', ['node', '--test', 't.js'], '', 'has the option --test'],
  ['code', ['node', '-e', '0'], '', 'has the option -e'],
  ['the debugger', ['node', 'inspect', '--help'], '', 'starts the debugger'],
  ['another program', ['sh', '-c', 'true'], '', 'does not begin with'],
  ['another environment at the start', ['node', 't.js'], 'env: { NODE_PATH: lib }', 'NODE_PATH'],
])('%s: a cold start, and check says so', async (_, command, more, why) => {
  await using rig = new Rig();
  rig.write('t.js', '');
  bench(rig, {
    stages: '  warm: { preload: node }\n',
    specs: spec('t', command, `stage: warm, ${more}`),
  });
  const { exit, stderr } = await rig.run(['check']);
  expect([exit, stderr]).toEqual([0, expect.stringContaining('these runs start cold')]);
  expect(stderr).toContain(why);
  await rig.run(['run', '--keep']);
  expect(startedCold(rig, 'T')).toContain(why);
});

test('a directory that is gone: told as of a cold start', async () => {
  await using rig = new Rig();
  rig.write('t.js', '');
  rig.write('away/x', '');
  bench(rig, {
    stages: '  warm: { preload: node }\n',
    specs:
      spec('a', ['rm', '-r', 'away'], 'priority: 1') +
      spec('b', ['node', '../t.js'], 'cwd: away, retries: 0') +
      spec('c', ['node', '../t.js'], 'stage: warm, cwd: away, retries: 0'),
  });
  expect((await rig.run(['run', '--jobs', '1'])).exit).toBe(3);
  const reasons = rig.events().flatMap((event) => (event.type === 'run-finished' ? [event.reason] : []));
  expect(reasons[1]).toContain('its working directory');
  expect(reasons[2]).toBe(reasons[1]);
});

test('an import that is not there, no script, or fails: the stage is given up, with the line that says so', async () => {
  await using rig = new Rig();
  rig.write('broken.mjs', 'throw new RangeError("the licence server is down")');
  rig.write('syntax.cjs', 'const = 1');
  const stages = ['not-there', './not-there.mjs', './syntax.cjs', './broken.mjs'];
  bench(rig, {
    stages: stages.map((name, i) => `  s${i}: { preload: node, imports: [path, ${name}] }\n`).join(''),
    specs: stages.map((_, i) => spec(`t${i}`, ['node', 't.js'], `stage: s${i}`)).join(''),
  });
  expect((await rig.run(['run'])).exit).toBe(3);
  const stopped = rig.events().filter((event) => event.type === 'stage-stopped');
  const said = stages.map((_, i) =>
    stopped
      .filter(({ stage }) => stage === `s${i}`)
      .map(({ why, reason, evidence }) => `${why}: ${reason} | ${evidence}`.replaceAll(rig.directory, 'RIG')),
  );
  const broken =
    'It could not import ./broken.mjs: RangeError: the licence server is down. | RangeError: the licence server is down';
  expect(said).toEqual([
    [
      "given-up: It could not import not-there: Error: Cannot find package 'not-there'. | " +
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'not-there' imported from RIG/preload",
    ],
    [
      "given-up: It could not import ./not-there.mjs: Error: Cannot find module 'RIG/not-there.mjs'. | " +
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'RIG/not-there.mjs' imported from RIG/preload",
    ],
    [
      "given-up: It could not import ./syntax.cjs: SyntaxError: Unexpected token '='. | SyntaxError: Unexpected token '='",
    ],
    [`not-ready: ${broken}`, `not-ready: ${broken}`, `given-up: ${broken}`],
  ]);
});

test('a test that leaves a daemon: it is found and killed with its run, and the next one has its process', async () => {
  await using rig = new Rig();
  rig.write(
    'leave.js',
    'const child = require("node:child_process").spawn("sleep", ["600"], { detached: true, stdio: "ignore" });' +
      'require("node:fs").writeFileSync("stray", String(child.pid)); child.unref()',
  );
  rig.write('t.js', '');
  bench(rig, {
    stages: '  warm: { preload: node }\n',
    specs:
      spec('a', ['node', 'leave.js'], 'stage: warm, priority: 1') +
      spec('b', ['node', 't.js'], 'stage: warm'),
  });
  expect((await rig.run(['run', '--jobs', '1'])).exit).toBe(0);
  expect(lives(Number(rig.read('stray')))).toBe(false);
  const warnings = rig.events().filter((event) => event.type === 'warning');
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining('A left a process behind'),
  ]);
  expect(stagesOf(rig.events())).toEqual(['warm started', 'warm ready', 'warm stopped idle']);
});
