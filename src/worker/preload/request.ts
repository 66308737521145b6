import { RUN_COOKIE } from '../../process/cookie.ts';
import { spawnFault } from '../../process/spawn-fault.ts';
import type { Started, TestProcessRequest } from '../../process/test-process.ts';

/** A start from an interpreter of a stage: as a cold one, or that interpreter did not do its part, and how. */
export type PreloadedStart =
  Started | { readonly ok: false; readonly fault?: undefined; readonly lost: string };

/** What starts the tests of one worker with the interpreter of one stage. */
export interface Starter {
  /** Starts a command as `startTestProcess` does, on three descriptors of ours. */
  start(request: TestProcessRequest, signal: AbortSignal): Promise<PreloadedStart>;
  /** It serves nobody any more; another one may. */
  readonly isGone: boolean;
}

/** What an interpreter is asked with: directory, three pipes, number of words, the words, the environment; or why it can not be. */
export function partsOf(request: TestProcessRequest): readonly string[] | PreloadedStart {
  const { argv, cwd, descriptors = [] } = request;
  const outputs = descriptors.map((descriptor) => `/proc/${process.pid}/fd/${descriptor}`);
  const parts = [cwd, ...outputs, String(argv.length), ...argv, ...entriesOf(environmentOf(request))];
  return parts.some((part) => part.includes('\0')) ? refused(request, 'ERR_INVALID_ARG_VALUE') : parts;
}

/** The system refuses it, with this code: told as of a cold start. */
export function refused(request: TestProcessRequest, code: string): PreloadedStart {
  const { argv, cwd } = request;
  const error = Object.assign(new Error(code), { code });
  return { ok: false, fault: spawnFault(error, { argv, cwd, env: environmentOf(request) }) };
}

function environmentOf({ env, cookie }: TestProcessRequest): NodeJS.ProcessEnv {
  return { ...env, [RUN_COOKIE]: cookie };
}

function entriesOf(env: Readonly<NodeJS.ProcessEnv>): string[] {
  return Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}
