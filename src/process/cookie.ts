import type { RunId, StageName } from '../model/ids.ts';

/** In the environment of every process of a session: by it they are found when the session's own process is gone. */
export const COOKIE = 'TESTBED_COOKIE';
/** In the environment of every process of a run, in addition. */
export const RUN_COOKIE = 'TESTBED_RUN';

/** The cookie of one run. Worker and dispatcher both make it: when the worker dies, the dispatcher ends the run's strays. */
export function runCookie(sessionCookie: string, run: RunId): string {
  return `${sessionCookie}/${run}`;
}

/** The cookie of one host stage, in the place of a run's. */
export function stageCookie(sessionCookie: string, stage: StageName): string {
  return `${sessionCookie}/stage/${stage}`;
}

/** The cookie of what one hook started; hooks have a session cookie of their own, because they outlive the session's processes. */
export function hookCookie(hooksCookie: string, name: string): string {
  return `${hooksCookie}/hook/${name}`;
}

/** The cookie of the commands that ask whether it is ready: what is left of one must not be taken for the stage. */
export function probeCookie(sessionCookie: string, stage: StageName): string {
  return `${stageCookie(sessionCookie, stage)}/probe`;
}
