import fs from 'node:fs';
import path from 'node:path';
import { virtualArtefacts, type VirtualArtefact } from '../../firmware/virtual-artefacts.ts';
import type { Sha256 } from '../../model/ids.ts';

/** `firmware.json`. */
interface SlotFile {
  readonly format: 1;
  readonly sha256: Sha256;
  readonly version: string;
}

/** Which firmware is on a board, over power cycles and hosts. A new board, or one whose artefact is no more, has the first. */
export class FirmwareSlot {
  readonly #file: string;
  readonly #known: readonly VirtualArtefact[];

  private constructor(file: string, known: readonly VirtualArtefact[]) {
    this.#file = file;
    this.#known = known;
  }

  static async open(file: string): Promise<FirmwareSlot> {
    return new FirmwareSlot(file, await virtualArtefacts());
  }

  /** What is on the board now; asked of the disk each time, since another host may have flashed it. */
  get artefact(): VirtualArtefact {
    const [first] = this.#known;
    if (first === undefined)
      throw new Error('Internal error: expected an artefact for virtual boards, was none');
    return this.find(this.#recorded()) ?? first;
  }

  find(sha256: Sha256 | undefined): VirtualArtefact | undefined {
    return this.#known.find((artefact) => artefact.sha256 === sha256);
  }

  flash(artefact: VirtualArtefact): void {
    const { sha256, version } = artefact;
    const file: SlotFile = { format: 1, sha256, version };
    writeWhole(this.#file, `${JSON.stringify(file)}\n`);
  }

  #recorded(): Sha256 | undefined {
    try {
      return (JSON.parse(fs.readFileSync(this.#file, 'utf8')) as Partial<SlotFile>).sha256;
    } catch {
      return undefined;
    }
  }
}

/** Writes a file that is never seen half: aside, then renamed. */
export function writeWhole(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, text);
  fs.renameSync(temporary, file);
}
