/** Abstract, so that no file can stay behind, and as long as can be: then all versions of libuv mean the same by it. */
export function socketOf(address: string): string {
  return `\0${`testbed-${address}`.padEnd(107, '-')}`;
}
