import { boardVariantOf, type BoardName } from '../model/ids.ts';
import type { Board } from '../model/lab.ts';
import { SerialFault } from '../serial/fault.ts';
import { Repl } from '../serial/repl.ts';
import type { Limits } from '../serial/talk.ts';

/** What a board says that it is and runs. */
export interface Identification {
  /** Of `sys.implementation`: `1.29.0`, or `1.30.0-preview`. */
  readonly version: string;
  /** `Raspberry Pi Pico 2 with RP2350`; empty where the firmware does not say. */
  readonly machine: string;
  /** `sys.platform`: `rp2`. */
  readonly platform: string;
  /** `RPI_PICO2-RISCV`: what the firmware was built for; since MicroPython 1.25. */
  readonly build?: string;
  /** The whole of `sys.version`, with the commit that it was built from. */
  readonly sysVersion?: string;
  /** Hex of `machine.unique_id()`. */
  readonly uniqueId?: string;
}

/** Each fact on a line of its own, so that one that an old firmware lacks costs only itself. */
const QUESTIONS = `
import sys
def _q(k,f):
 try:print('testbed',k,f())
 except Exception:pass
_i=sys.implementation
def _v():
 v=_i.version
 return '.'.join(str(n)for n in v[:3])+('-'+v[3]if len(v)>3 and v[3]else'')
_q('version',_v)
_q('platform',lambda:sys.platform)
_q('machine',lambda:__import__('os').uname().machine)
_q('machine',lambda:_i._machine)
_q('build',lambda:_i._build)
_q('sysVersion',lambda:sys.version)
_q('uniqueId',lambda:''.join('%02x'%b for b in __import__('machine').unique_id()))
del _q,_i,_v
`;

/** Asks a board what it is and runs. Throws `SerialFault`: `no-repl` if what answers is no MicroPython. */
export async function identify(repl: Repl, limits: Limits = { limitMs: 5_000 }): Promise<Identification> {
  const { stdout, stderr } = await repl.exec(QUESTIONS, limits);
  const facts = new Map(
    [...stdout.toString('utf8').matchAll(/^testbed (\w+) (.*?)\r?$/gm)].map(([, key, value]) => [key, value]),
  );
  const version = facts.get('version');
  const platform = facts.get('platform');
  if (version === undefined || platform === undefined)
    throw new SerialFault('no-repl', repl.port, 'what answers there does not say which MicroPython it is', {
      evidence: stderr.toString('utf8').trim().split('\n').at(-1),
    });
  const build = facts.get('build');
  const sysVersion = facts.get('sysVersion');
  const uniqueId = facts.get('uniqueId');
  return {
    version,
    machine: facts.get('machine') ?? '',
    platform,
    ...(build === undefined || build === '' ? {} : { build }),
    ...(sysVersion === undefined ? {} : { sysVersion }),
    ...(uniqueId === undefined || uniqueId === '' ? {} : { uniqueId }),
  };
}

/** Which board of the catalogue hangs on a port; `board` is absent when nothing, or more than one, fits. */
export interface AskedBoard {
  readonly board?: BoardName;
  /** Of its firmware; absent where that does not say. */
  readonly variant?: string;
  /** When none was found: boards of the same port of MicroPython, of which it may be one. */
  readonly candidates: readonly BoardName[];
  readonly identification: Identification;
}

/** `sys.platform` where it is not the name of MicroPython's directory of the port. */
const PLATFORMS: Readonly<Record<string, string>> = { pyboard: 'stm32', WiPy: 'cc3200' };

/** The directory below MicroPython's `ports/` that a `sys.platform` comes from. */
export function portOfPlatform(platform: string): string {
  return PLATFORMS[platform] ?? platform;
}

/** Opens a port and asks the board on it which of these boards it is. Throws `SerialFault`. */
export async function askBoard(
  request: Limits & { readonly path: string; readonly boards: readonly Board[] },
): Promise<AskedBoard> {
  const repl = await Repl.open(request);
  try {
    return whichBoard(await identify(repl), request.boards);
  } finally {
    await repl.close();
  }
}

/** Which of these boards says so of itself: by what its firmware was built for. */
export function whichBoard(identification: Identification, boards: readonly Board[]): AskedBoard {
  for (const { name, variants } of boards)
    for (const variant of variants)
      if (boardVariantOf(name, variant) === identification.build)
        return { board: name, variant, candidates: [], identification };
  // A variant that the catalogue does not know is still that board.
  const named = boards.find(({ name }) => identification.build?.startsWith(`${name}-`) === true);
  if (named !== undefined) return { board: named.name, candidates: [], identification };
  const port = portOfPlatform(identification.platform);
  const near = boards.filter((board) => board.port === port);
  // To be the only one that we know of a port proves nothing, except where there are no others.
  const virtual = near.find(({ driver }) => driver === 'virtual');
  if (virtual !== undefined) return { board: virtual.name, candidates: [], identification };
  return { candidates: near.map(({ name }) => name), identification };
}
