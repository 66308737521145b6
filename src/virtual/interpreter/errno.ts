/** WASI's numbers, which the interpreter is built with, to Linux's, which scripts, `mpremote` and tests expect. */
const LINUX: Readonly<Record<number, number>> = {
  2: 13, // EACCES
  8: 9, // EBADF
  10: 16, // EBUSY
  20: 17, // EEXIST
  22: 27, // EFBIG
  28: 22, // EINVAL
  29: 5, // EIO
  31: 21, // EISDIR
  32: 40, // ELOOP
  33: 24, // EMFILE
  34: 31, // EMLINK
  37: 36, // ENAMETOOLONG
  41: 23, // ENFILE
  43: 19, // ENODEV
  44: 2, // ENOENT
  48: 12, // ENOMEM
  51: 28, // ENOSPC
  52: 38, // ENOSYS
  54: 20, // ENOTDIR
  55: 39, // ENOTEMPTY
  58: 95, // EOPNOTSUPP
  59: 25, // ENOTTY
  61: 75, // EOVERFLOW
  63: 1, // EPERM
  64: 32, // EPIPE
  69: 30, // EROFS
  70: 29, // ESPIPE
  74: 26, // ETXTBSY
  75: 18, // EXDEV
};

/** WASI's own number, which the interpreter's retry loop compares with. */
export const WASI_EINTR = 27;
export const LINUX_ENOSPC = 28;

/** The Linux errno for a WASI errno; 0 stays 0. */
export function linuxErrno(wasi: number): number {
  return LINUX[wasi] ?? wasi;
}
