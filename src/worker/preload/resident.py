"""
The resident interpreter of a stage with `preload: python`: it has imported what the plan says, and forks for each test.

    resident ─ imports ─ says so on descriptor 3 ─ accept ─┬▶ forker of one worker ─ request ─┬▶ test
                                                           └▶ forker of another               └── its status ─▶ worker

A forker is in the control group of its worker, so its tests are born there. It ends when its worker or the resident does, and takes
the test with it that runs then. Nothing but what an interpreter has anyhow is imported here: a test must find what the plan says.
"""
import _signal, _socket, errno, gc, os, select, sys

ANNOUNCE = 3
"""The lines on descriptor 3: `threads COUNT`, and then `ready ADDRESS`; or `failed again|hopeless WHY`."""


def import_all(names):
    """Imports in the order of the plan; ends the process at the first that fails."""
    for name in names:
        try:
            __import__(name)
        except BaseException as fault:
            fault.__traceback__ = fault.__traceback__.tb_next
            sys.excepthook(type(fault), fault, fault.__traceback__)
            # What is not there, or is no Python, will not be there in a second either.
            hope = 'hopeless' if isinstance(fault, (ModuleNotFoundError, SyntaxError)) else 'again'
            words = str(fault).partition('\n')[0]
            announce(f'failed {hope} {name}: {type(fault).__name__}: {words}')
            sys.exit(1)


def announce(line):
    os.write(ANNOUNCE, line.encode('utf-8', 'replace') + b'\n')


def memory_of_names():
    """Where command line and environment of this process are read by others: (start, end) of each."""
    with open('/proc/self/stat', 'rb') as file:
        fields = file.read().rpartition(b')')[2].split()
    start, end, first, last = map(int, fields[45:49])
    return (start, end), (first, last)


def take_names_away():
    """From here on, C code has its variables elsewhere, and the memory where others read them may be written over."""
    os.environ.pop('TESTBED_ROOM', None)
    for name, value in os.environb.items():
        os.putenv(name, value)


def rename(argv, environment):
    """Shows this process to others as what it is now: by its environment the strays of a run are found."""
    memory = os.open('/proc/self/mem', os.O_RDWR)
    for (start, end), words in zip(MEMORY, (argv, environment)):
        text = b''
        for word in words:
            if len(text) + len(word) + 1 > end - start:
                break
            text += word + b'\0'
        os.pwrite(memory, text.ljust(end - start, b'\0'), start)
    os.close(memory)


def serve(listener):
    """Forks a forker for each worker of this user that connects; only in those, and in the tests, it returns."""
    alive, held = os.pipe()
    while True:
        connection = listener._accept()[0]
        # Who went since is not left a zombie for longer than this.
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        socket = _socket.socket(fileno=connection)
        peer = socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
        socket.detach()
        if int.from_bytes(peer[4:8], sys.byteorder) == os.getuid() and os.fork() == 0:
            listener.close()
            os.close(held)
            return fork_tests(connection, alive)
        os.close(connection)


def fork_tests(connection, alive):
    """Answers a worker's requests, one after the other; returns in each test, with its argv."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    poll.register(alive, 0)
    group = receive(connection, poll)
    if group:
        with open(os.path.join(group, b'cgroup.procs'), 'wb') as file:
            file.write(b'0')
    answer(connection, f'here {os.getpid()}')
    while True:
        cwd, *rest = receive(connection, poll).split(b'\0')
        outputs, count, words = rest[:3], int(rest[3]), rest[4:]
        argv, environment = words[:count], words[count:]
        try:
            os.chdir(cwd)
            child = os.fork()
        except OSError as fault:
            answer(connection, f'fault {fault.errno}')
            continue
        if child == 0:
            os.setsid()
            os.close(connection)
            os.close(alive)
            connect(outputs)
            rename(argv, environment)
            take_environment(environment)
            return [os.fsdecode(word) for word in argv]
        answer(connection, f'started {child}', child)
        status = wait(child, connection)
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
        answer(connection, f'ended {code} {os.WTERMSIG(status) if code < 0 else 0}')


def receive(connection, poll):
    """The next message: its length in four bytes, then itself. Ends this process when worker or resident went."""
    size = int.from_bytes(read_exactly(4, connection, poll), 'big')
    return read_exactly(size, connection, poll)


def read_exactly(size, connection, poll):
    data = b''
    while len(data) < size:
        if any(descriptor != connection for descriptor, _ in poll.poll()):
            os._exit(0)
        part = os.read(connection, size - len(data))
        if not part:
            os._exit(0)
        data += part
    return data


def answer(connection, line, child=None):
    try:
        os.write(connection, line.encode() + b'\n')
    except OSError:
        leave(child)


def wait(child, connection):
    """The wait status of a test; should its worker go before, the test goes with it."""
    if not hasattr(os, 'pidfd_open'):
        return os.waitpid(child, 0)[1]
    poll = select.poll()
    end = os.pidfd_open(child)
    poll.register(end, select.POLLIN)
    poll.register(connection, 0)
    if any(descriptor == connection for descriptor, _ in poll.poll()):
        leave(child)
    os.close(end)
    return os.waitpid(child, 0)[1]


def leave(child):
    if child is not None:
        try:
            os.killpg(child, _signal.SIGKILL)
        except OSError:
            pass
    os._exit(0)


def connect(outputs):
    """Descriptors 1 to 3 become those of the test: pipes of the worker, by their names in its /proc."""
    for descriptor, name in enumerate(outputs, 1):
        pipe = os.open(name, os.O_WRONLY)
        os.dup2(pipe, descriptor)
        os.close(pipe)


def coerced_locale():
    """What an interpreter that finds the locale "C" sets LC_CTYPE to, for itself and all that it starts (PEP 538); None: it did not."""
    with open('/proc/self/environ', 'rb') as file:
        given = file.read().split(b'\0')
    if any(entry.startswith(b'LC_CTYPE=') for entry in given):
        return None
    return os.environb.get(b'LC_CTYPE')


def take_environment(entries):
    wanted = dict(entry.split(b'=', 1) for entry in entries)
    # The test's own variables of the locale are those of this interpreter, or it would have been started cold.
    if LOCALE is not None:
        wanted.setdefault(b'LC_CTYPE', LOCALE)
    for name in [name for name in os.environb if name not in wanted]:
        del os.environb[name]
    for name, value in wanted.items():
        if os.environb.get(name) != value:
            os.environb[name] = value


def begin(argv):
    """What an interpreter sets up before it runs `argv`: a fresh `__main__`, `sys.argv`, `sys.path[0]`. The program and its name."""
    program, first, *rest = argv
    if hasattr(sys, 'orig_argv'):
        sys.orig_argv[:] = argv
    main = sys.modules['__main__'] = type(sys)('__main__')
    main.__builtins__ = sys.modules['builtins']
    main.__annotations__ = {}
    if first == '-c':
        sys.argv[:] = ['-c', *rest[1:]]
        set_path('')
        return 'code', rest[0] + '\n'
    if first == '-m':
        sys.argv[:] = ['-m', *rest[1:]]
        set_path(os.getcwd())
        return 'module', rest[0]
    sys.argv[:] = [first, *rest]
    if os.path.isdir(first) or is_archive(first):
        set_path(os.path.abspath(first))
        return 'package', first
    set_path(os.path.dirname(os.path.realpath(first)))
    file = os.path.join(os.getcwd(), first)
    main.__dict__.update(__file__=file, __cached__=None, __loader__=type(__loader__)('__main__', file))
    return 'file', file


def is_archive(path):
    """A zip file, with or without a line `#!` before it."""
    try:
        with open(path, 'rb') as file:
            file.seek(max(0, file.seek(0, 2) - 65557))
            return b'PK\x05\x06' in file.read() and not path.endswith('.py')
    except OSError:
        return False


def set_path(directory):
    """Puts the program's directory where ours was; what imports have put into `sys.path` stays."""
    for index, entry in enumerate(sys.path):
        if entry is OWN_PATH:
            sys.path[index] = directory


def read_program(path, program):
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError as fault:
        words = f'[Errno {fault.errno}] {fault.strerror}'
        sys.stderr.write(f"{program}: can't open file {path!r}: {words}\n")
        sys.exit(2)


def hide(fault):
    """The traceback of a test does not begin with this file."""
    hook = sys.excepthook
    rest = fault.__traceback__.tb_next

    def excepthook(kind, value, _):
        sys.excepthook = hook
        hook(kind, value.with_traceback(rest), rest)

    sys.excepthook = excepthook


def is_foreign(module):
    """Written in C, and not by those who wrote the interpreter: what it leaves to the end of a process nobody knows."""
    file = getattr(module, '__file__', None) or ''
    return file.endswith('.so') and '/lib-dynload/' not in file or getattr(module, '__name__', '') == '_ctypes'


def end_quickly(end):
    """
    Does what a test can notice of an interpreter's end, and ends: to take all modules apart costs more than most tests. Returns
    where that is not enough: the interpreter then ends as any other.
    """
    code = end.code if isinstance(end, SystemExit) else 0
    if not (code is None or isinstance(code, int)) or IS_FOREIGN:
        return
    if sys.stdout is not sys.__stdout__ or sys.stderr is not sys.__stderr__:
        return
    if 'threading' in sys.modules:
        sys.modules['threading']._shutdown()
    import _thread, atexit
    own = [name for name in sys.modules if name not in KNOWN]
    if _thread._count() > 0 or any(is_foreign(sys.modules[name]) for name in own):
        return
    atexit._run_exitfuncs()
    for name in ('__main__', *own):
        sys.modules.pop(name, None)
    gc.collect()
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.closed or stream.flush()
    except OSError:
        return
    os._exit((code or 0) & 0xFF)


take_names_away()
MEMORY = memory_of_names()
LOCALE = coerced_locale()
OWN_PATH = str(os.getcwd() + '/')[:-1]
if not getattr(sys.flags, 'safe_path', False):
    sys.path[0] = OWN_PATH
import_all(sys.argv[1:])
address = os.urandom(16).hex()
listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
# As long as can be: then all versions of libuv mean the same by it.
listener.bind('\0' + f'testbed-{address}'.ljust(107, '-'))
listener.listen(64)
# Keeps the collections of tests away from what they share with this process: each page that they touch would be copied.
KNOWN = set(sys.modules)
IS_FOREIGN = any(map(is_foreign, sys.modules.values()))
gc.collect()
gc.freeze()
sys.stdout.flush()
sys.stderr.flush()
threads = len(os.listdir('/proc/self/task'))
if threads > 1:
    announce(f'threads {threads}')
announce(f'ready {address}')
null = os.open(os.devnull, os.O_RDWR)
# Nobody else may get the number that is the event channel's in a test.
os.dup2(null, ANNOUNCE)
os.close(null)
argv = serve(listener)
kind, name = begin(argv)
end = None
try:
    if kind == 'code':
        exec(compile(name, '<string>', 'exec', dont_inherit=True), sys.modules['__main__'].__dict__)
    elif kind == 'file':
        source = read_program(name, argv[0])
        exec(compile(source, name, 'exec', dont_inherit=True), sys.modules['__main__'].__dict__)
    else:
        import runpy

        runpy._run_module_as_main('__main__' if kind == 'package' else name, kind == 'module')
except SystemExit as exit:
    end = exit.with_traceback(None)
except BaseException as fault:
    hide(fault)
    raise
end_quickly(end)
if end is not None:
    raise end
