import { spawn, type ChildProcess } from 'node:child_process';
import { atLeave } from '../last-resort.ts';

/** Longest that CPython may take for one test before its output counts as unknown. */
const LIMIT_MS = 30_000;

/**
 * Runs files one after the other, each in a process forked from an interpreter that has started already: 2 ms instead of
 * 15 to 100 each. Half of that saving is the end: of what an interpreter does there, only what a test can notice is done
 * (functions that it registered, objects of its own), unless it has threads or replaced a stream. `plain` starts a fresh
 * interpreter instead, as the last word where the two could differ. The answer is a line `id status length`, then the
 * bytes of stdout and stderr together.
 */
const SERVER = `
import _thread, atexit, gc, os, sys
answers = os.dup(1)
null = os.open(os.devnull, os.O_RDONLY)
requests = os.fdopen(os.dup(0), 'rb')
os.dup2(null, 0)
# Keeps the collections of a child away from what is shared with it: each page that they touch would be copied.
gc.collect()
gc.freeze()
while True:
    line = requests.readline()
    if not line:
        path = None
        break
    number, mode, path = line.decode().rstrip('\\n').split(' ', 2)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(write, 1)
        os.dup2(write, 2)
        for descriptor in (read, write, answers, null):
            os.close(descriptor)
        os.chdir(os.path.dirname(path))
        if mode == 'plain':
            os.execv(sys.executable, [sys.executable, '-BS', path])
        break
    os.close(write)
    parts = []
    while True:
        part = os.read(read, 65536)
        if not part:
            break
        parts.append(part)
    os.close(read)
    status = os.waitpid(child, 0)[1]
    data = b''.join(parts)
    data = ('%s %d %d\\n' % (number, status, len(data))).encode() + data
    while data:
        data = data[os.write(answers, data):]
if path is not None:
    main = sys.modules['__main__'] = type(sys)('__main__')
    main.__file__ = path
    sys.argv[:] = [path]
    sys.path[0] = os.path.dirname(path)
    with open(path, 'rb') as file:
        source = file.read()
    try:
        exec(compile(source, path, 'exec', dont_inherit=True), main.__dict__)
    except SystemExit as end:
        if end.code not in (None, 0):
            raise
    plain = sys.stdout is sys.__stdout__ and sys.stderr is sys.__stderr__
    if plain and 'threading' not in sys.modules and _thread._count() == 0:
        atexit._run_exitfuncs()
        del main, sys.modules['__main__']
        gc.collect()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
`;

/** What CPython printed, or why that is not known. */
export type CpythonAnswer =
  { readonly ok: true; readonly output: Buffer } | { readonly ok: false; readonly reason: string };

interface Waiting {
  readonly resolve: (answer: CpythonAnswer) => void;
  timer?: NodeJS.Timeout;
}

/** One CPython that says what the tests of one run should print, in the order asked; started at the first question. */
export class Cpython {
  readonly #python: string;
  readonly #env: Readonly<NodeJS.ProcessEnv>;
  #server: ChildProcess | undefined;
  readonly #waiting = new Map<string, Waiting>();
  #received: Buffer = Buffer.alloc(0);
  #count = 0;
  #fault: string | undefined;
  #settled: (() => void) | undefined;

  /** `env` has the cookies that mark its processes as this run's. */
  constructor(python: string, env: Readonly<NodeJS.ProcessEnv>) {
    this.#python = python;
    this.#env = env;
  }

  /** `file` is absolute. Answers come in the order of the questions. */
  run(file: string, mode: 'forked' | 'plain'): Promise<CpythonAnswer> {
    if (this.#fault !== undefined) return Promise.resolve({ ok: false, reason: this.#fault });
    const server = (this.#server ??= this.#start());
    const id = String(this.#count++);
    const answer = new Promise<CpythonAnswer>((resolve) => this.#waiting.set(id, { resolve }));
    server.stdin?.write(`${id} ${mode} ${file}\n`);
    this.#watchFirst();
    return answer;
  }

  close(): void {
    this.#settled?.();
    if (this.#server?.pid !== undefined) killGroup(this.#server.pid);
    this.#fail('the run is over');
  }

  #start(): ChildProcess {
    const server = spawn(this.#python, ['-BS', '-c', SERVER], {
      stdio: ['pipe', 'pipe', 'ignore'],
      // The output must not depend on this machine's locale, and both streams stand in the order of writing, as on a board.
      env: { ...this.#env, PYTHONIOENCODING: 'utf-8', PYTHONUNBUFFERED: '1' },
      detached: true,
    });
    this.#settled = atLeave(() => Promise.resolve(this.close()));
    const gone = (why: string) => {
      if (this.#server === server) this.#fail(`${this.#python} could not say what to expect: ${why}`);
    };
    server.on('error', (fault) => gone(fault.message));
    server.on('close', (code, signal) => gone(`it ended (${signal ?? `exit ${code}`})`));
    server.stdin.on('error', () => {});
    server.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    return server;
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    for (;;) {
      const end = this.#received.indexOf(0x0a);
      if (end < 0) return;
      const [id, status, length] = this.#received.subarray(0, end).toString().split(' ');
      const next = end + 1 + Number(length);
      if (this.#received.length < next) return;
      const output = Buffer.from(this.#received.subarray(end + 1, next));
      this.#received = this.#received.subarray(next);
      const waiting = this.#waiting.get(id!);
      this.#waiting.delete(id!);
      clearTimeout(waiting?.timer);
      // Compared as it is, so that a test on which CPython fails does not pass.
      waiting?.resolve({ ok: true, output: status === '0' ? output : Buffer.concat([CRASH, output]) });
      this.#watchFirst();
    }
  }

  /** Only the question that is being worked on has a limit; those behind it wait their turn. */
  #watchFirst(): void {
    const [first] = this.#waiting.values();
    if (first === undefined || first.timer !== undefined) return;
    first.timer = setTimeout(() => {
      const server = this.#server;
      this.#fail(`CPython did not end within ${LIMIT_MS / 1000} s`);
      this.#fault = undefined;
      if (server?.pid !== undefined) killGroup(server.pid);
    }, LIMIT_MS);
  }

  /** Answers all that wait, and all that will ask. */
  #fail(reason: string): void {
    this.#fault = reason;
    this.#server = undefined;
    this.#received = Buffer.alloc(0);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { resolve, timer } of waiting) {
      clearTimeout(timer);
      resolve({ ok: false, reason });
    }
  }
}

const CRASH = Buffer.from('CPYTHON3 CRASH:\n');

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
