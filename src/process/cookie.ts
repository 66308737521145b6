import type { RunId, StageName } from '../model/ids.ts';

/** In the environment of every process of a session: by it they are found when the session's own process is gone. */
export const COOKIE = 'TESTBED_COOKIE';
/** In the environment of every process of a run, in addition. */
export const RUN_COOKIE = 'TESTBED_RUN';

/** The cookie of the nth session of a runner: what carries it belongs to the runner, too. */
export function sessionCookie(runnerCookie: string, nth: number): string {
  return `${runnerCookie}.${nth}`;
}

/** Who keeps the workers of what has this cookie; `whole`: that very one, and not one session, run or stage of it. */
export function benchOf(cookie: string): { readonly bench: string; readonly whole: boolean } {
  const bench = /^[^./]*/.exec(cookie)?.[0] ?? '';
  return { bench, whole: bench === cookie };
}

/** The cookie of one run. Worker and dispatcher both make it: when the worker dies, the dispatcher ends the run's strays. */
export function runCookie(session: string, run: RunId): string {
  return `${session}/${run}`;
}

/** The cookie of one host stage, in the place of a run's. */
export function stageCookie(bench: string, stage: StageName): string {
  return `${bench}/stage/${stage}`;
}

/** The cookie of what one hook started; hooks have a session cookie of their own, because they outlive the session's processes. */
export function hookCookie(hooksCookie: string, name: string): string {
  return `${hooksCookie}/hook/${name}`;
}

/** The cookie of the commands that ask whether it is ready: what is left of one must not be taken for the stage. */
export function probeCookie(bench: string, stage: StageName): string {
  return `${stageCookie(bench, stage)}/probe`;
}
