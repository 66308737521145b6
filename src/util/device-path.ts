/** `a0` is `/dev/ttyACM0`, `u0` is `/dev/ttyUSB0`, `c0` is `COM0`, as in MicroPython's tools; all else stays as it is. */
export function devicePath(text: string): string {
  const [, letter, number] = /^([auc])(\d+)$/.exec(text) ?? [];
  if (letter === undefined || number === undefined) return text;
  return `${letter === 'a' ? '/dev/ttyACM' : letter === 'u' ? '/dev/ttyUSB' : 'COM'}${number}`;
}
