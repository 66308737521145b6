import type { RunId } from '../model/ids.ts';

/** In the environment of every process of a session: by it they are found when the session's own process is gone. */
export const COOKIE = 'TESTBED_COOKIE';
/** In the environment of every process of a run, in addition. */
export const RUN_COOKIE = 'TESTBED_RUN';

/** The cookie of one run. Worker and dispatcher both make it: when the worker dies, the dispatcher ends the run's strays. */
export function runCookie(sessionCookie: string, run: RunId): string {
  return `${sessionCookie}/${run}`;
}
