import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Sha256 } from '../model/ids.ts';

/** One MicroPython for virtual boards: the WebAssembly build of a pinned npm package. */
export interface VirtualArtefact {
  /** The variant of the board `VIRTUAL` that it is the firmware of. */
  readonly variant: string;
  /** What `sys.implementation` says, such as `1.29.0`. */
  readonly version: string;
  readonly sha256: Sha256;
  /** Absolute path of the `.wasm`. */
  readonly path: string;
  /** Absolute path of the module that loads it. */
  readonly loader: string;
}

/** Which npm package is the firmware of which variant; exact versions are pinned in `package.json`. The first is on a new board. */
const PACKAGES = [
  { variant: '', version: '1.29.0', name: '@micropython/micropython-webassembly-pyscript' },
  { variant: 'V127', version: '1.27.0', name: 'micropython-v127' },
] as const;

const require = createRequire(import.meta.url);
let known: Promise<readonly VirtualArtefact[]> | undefined;

/** All artefacts that a virtual board can carry; hashed once per process (two files of half a megabyte). */
export function virtualArtefacts(): Promise<readonly VirtualArtefact[]> {
  known ??= Promise.all(
    PACKAGES.map(async ({ variant, version, name }) => {
      const loader = require.resolve(name);
      const wasm = path.join(path.dirname(loader), 'micropython.wasm');
      const sha256 = createHash('sha256')
        .update(await readFile(wasm))
        .digest('hex');
      return { variant, version, sha256, path: wasm, loader };
    }),
  );
  return known;
}
