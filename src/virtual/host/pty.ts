import fs from 'node:fs';
import { createRequire } from 'node:module';
import tty from 'node:tty';

/** Both ends of a pseudo terminal. */
export interface Pty {
  /** Descriptor; non-blocking. */
  readonly master: number;
  /** Such as `/dev/pts/7`. */
  readonly path: string;
  readonly input: tty.ReadStream;
  close(): void;
}

interface NativePty {
  open(
    columns: number,
    rows: number,
  ): { readonly master: number; readonly slave: number; readonly pty: string };
}

/**
 * Opens a pty that carries bytes as they are. The native part of node-pty is used alone, without a child process. Our own
 * descriptor of the slave stays open, or else a master without a client would only give EIO.
 */
export async function openPty(): Promise<Pty> {
  const { master, slave, pty: path } = native().open(80, 24);
  await makeRaw(path);
  const input = new tty.ReadStream(master);
  const close = (): void => {
    input.destroy();
    fs.closeSync(slave);
  };
  return { master, path, input, close };
}

/** `setRawMode` leaves the translation of newlines on; the serial binding sets all of it, and it stays. */
async function makeRaw(path: string): Promise<void> {
  const { SerialPort } = await import('serialport');
  const port = await SerialPort.binding.open({ path, baudRate: 115_200, lock: false });
  await port.close();
}

let loaded: NativePty | undefined;

function native(): NativePty {
  const require = createRequire(import.meta.url);
  // The binary is an optional package of node-pty's, by platform, so it is found from there.
  const beside = createRequire(require.resolve('@lydell/node-pty'));
  loaded ??= beside(`@lydell/node-pty-${process.platform}-${process.arch}/pty.node`) as NativePty;
  return loaded;
}
