/** The public exit codes of every command; their meanings stand in `docs/design/cli.md`. 3 beats 1 beats 0; interrupts beat all. */
export const EXIT = {
  /** All that was planned passed, was skipped for a stated reason, or failed as expected. */
  ok: 0,
  /** A test failed. */
  failed: 1,
  /** Usage or configuration fault; nothing was run. */
  usage: 2,
  /** A run ended in an error of lab or build, could not be scheduled, or was not run. */
  error: 3,
  /** A log that was read does not end as it should, and its session is dead. */
  brokenLog: 4,
  /** A bug of ours. */
  internal: 70,
  /** The terminal hung up (SIGHUP). */
  hungUp: 129,
  /** Interrupted by SIGINT. */
  interrupted: 130,
  /** Interrupted by SIGTERM. */
  terminated: 143,
} as const;
