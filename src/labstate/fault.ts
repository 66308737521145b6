/** The state directory can not be used. The message says why, and what to do. */
export class LabStateFault extends Error {
  override readonly name = 'LabStateFault';
  /** Absolute path that could not be read or written. */
  readonly file: string;
  /** The system's name for it, such as `EACCES`. */
  readonly code: string;
  constructor(file: string, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'unknown';
    super(`${file} can not be used (${code}): ${adviceFor(code, cause.message)}`, { cause });
    this.file = file;
    this.code = code;
  }
}

function adviceFor(code: string, message: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return (
        'no permission. Leases must be shared by all who use the bench: let an administrator make the state directory ' +
        'group-writable ("chmod -R g+rwX", "chmod g+s"), or set "state:" in the lab file to a directory of yours.'
      );
    case 'EROFS':
      return 'the filesystem is read-only. Set "state:" in the lab file to a directory that can be written.';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'there is no space left. Free some, or set "state:" in the lab file to another disk.';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'something that is no directory is in the way. Remove it, or correct "state:" in the lab file.';
    case 'ENOTSUP':
    case 'ENOSYS':
      return 'its filesystem knows no hard links, which leases need. Set "state:" in the lab file to another disk.';
    default:
      return message;
  }
}

/** Does something in the state directory; a failure of the system becomes a `LabStateFault`. */
export function inState<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof LabStateFault || typeof code !== 'string') throw error;
    throw new LabStateFault(file, error as NodeJS.ErrnoException);
  }
}
