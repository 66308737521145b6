import { STREAMS_OF_PYTHON } from './standard-files.ts';

/**
 * Python that is run before the filesystem's own: mounts the board's flash as `/`, and gives what this port lacks. It
 * leaves no name behind in the REPL's namespace.
 */
export function prelude(tentacle: string, root: string): string {
  return inOwnNamespace(`
import builtins, os, sys, vfs
import _virtual_board as board

vfs.umount('/')
vfs.mount(vfs.VfsPosix('${root}'), '/')
os.chdir('/')

class Machine:
    __name__ = 'machine'
    @staticmethod
    def reset():
        board.reset()
    @staticmethod
    def soft_reset():
        raise SystemExit
    @staticmethod
    def unique_id():
        return ${bytes(tentacle)}

# The port's own reads a line from nowhere, for ever.
def readline(prompt=''):
    sys.stdout.write(str(prompt))
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip('\\r\\n')

board.streams(*${STREAMS_OF_PYTHON})
sys.modules['machine'] = Machine
builtins.input = readline
`);
}

/** Python that makes `sys` claim another version, for the fault `wrong-version`. */
export function claimVersion(version: string): string {
  const numbers = version.split(/[.-]/).slice(0, 3).map(Number);
  const implementation = `(${numbers.map((number) => (Number.isInteger(number) ? number : 0)).join(', ')}, '')`;
  return inOwnNamespace(`
import sys as real

from collections import namedtuple

names = [name for name in dir(real.implementation) if name != 'version' and name != 'name' and name[:2] != '__']
values = [getattr(real.implementation, name) for name in names]
Implementation = namedtuple('implementation', ['name', 'version'] + names)

class Sys:
    implementation = Implementation(real.implementation.name, ${implementation}, *values)
    version = real.version.split('MicroPython v')[0] + 'MicroPython v' + ${bytes(version)}.decode()
    def __getattr__(self, name):
        return getattr(real, name)

real.modules['sys'] = Sys()
`);
}

function inOwnNamespace(code: string): string {
  return `exec(${bytes(code)}.decode(), {'__name__': 'virtual_board'})`;
}

/** A bytes literal of any text. */
function bytes(text: string | Uint8Array): string {
  const escaped = [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
  return `b'${escaped.join('')}'`;
}

/** A line that runs a script with bytes in it that the raw REPL takes for commands. */
export function escapedScript(script: Uint8Array): string {
  return `exec(compile(${bytes(script)}, '<stdin>', 'exec'))`;
}
