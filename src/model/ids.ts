/** A string that was checked where it came from, and is then carried by the type system. Plain JSON on the wire. */
type Brand<Name extends string> = string & { readonly __brand?: Name };

/** The id on a tentacle's label, such as `2731`: letters, digits, `_`, `-`, `.`. */
export type TentacleId = Brand<'tentacle'>;
/** A board model as in MicroPython's `ports/<port>/boards`, such as `RPI_PICO2`. */
export type BoardName = Brand<'board'>;
/** Board and variant, joined with a dash as upstream does: `RPI_PICO2-RISCV`; the default variant is `RPI_PICO2`. */
export type BoardVariant = Brand<'board-variant'>;
/** The key of a spec in a plan, such as `multinet`. */
export type SpecName = Brand<'spec'>;
/** The key of a stage in a plan, such as `wlan-up`. */
export type StageName = Brand<'stage'>;
/** A named place in a spec for one tentacle: `dut`, `instance0`. */
export type RoleName = Brand<'role'>;
/** What a test needs from a tentacle, an open set: `mcu`, `wlan`. */
export type FeatureName = Brand<'feature'>;
/** Stable over attempts, tentacles and sessions: `RUN-X[RPI_PICO2-RISCV,instance0]#2`. Never parsed. */
export type OrderId = Brand<'order'>;
/** The test id of one attempt, also its directory's name: `RUN-X[2731-RPI_PICO2-RISCV,instance0]#2~2`. Never parsed. */
export type RunId = Brand<'run'>;
/** The name of a session's directory: `2026-11-20T23-11-05-4f2a`. */
export type SessionId = Brand<'session'>;
/** 64 lower-case hex digits. */
export type Sha256 = Brand<'sha256'>;
/** Milliseconds: monotonic in durations (`…Ms`), since the epoch in stamps (`at`). */
export type Ms = number;

/** `boardVariantOf('RPI_PICO2', 'RISCV')` is `RPI_PICO2-RISCV`; the default variant `""` adds nothing. */
export function boardVariantOf(board: BoardName, variant: string): BoardVariant {
  return `${board}${variant === '' ? '' : '-'}${variant}`;
}
