import type { Ms } from '../model/ids.ts';
import type { ResultsKind } from '../model/plan.ts';
import type { Outcome } from '../model/verdict.ts';
import { unreachable } from '../util/unreachable.ts';
import type { Ending } from './ending.ts';

/** Signals with which a program ends by its own fault; any other was sent by somebody. */
const CRASHES: ReadonlySet<string> = new Set([
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGSEGV',
  'SIGSYS',
  'SIGTRAP',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGPIPE',
]);

/** The verdict that an ending alone decides, or undefined: the results have to be looked at. */
export function judgeEnding(ending: Ending, results: ResultsKind, line?: string): Outcome | undefined {
  switch (ending.kind) {
    case 'finished':
      return undefined;
    case 'exited':
      if (ending.signal !== null) return signalled(ending.signal, line);
      return results === 'micropython' ? judgeMicropythonExit(ending.code, line) : undefined;
    case 'timeout':
      return cutOff(
        'timeout',
        `The test phase took longer than its limit of ${say(ending.limitMs)}.`,
        ending.lastLine,
      );
    case 'silence':
      return cutOff('silence', `Nothing was printed for ${say(ending.limitMs)}.`, ending.lastLine);
    case 'spawn-failed':
      return {
        verdict: 'error',
        expected: false,
        cause: 'spawn-failed',
        blame: 'lab',
        reason: `${ending.program} could not be started: ${ending.message}`,
      };
    case 'shortage':
      return {
        verdict: 'error',
        expected: false,
        cause: 'shortage',
        blame: 'lab',
        reason: `The system had nothing left to start it with: ${ending.message}`,
      };
    case 'lost-tentacle':
      return {
        verdict: 'error',
        expected: false,
        cause: 'lost-tentacle',
        blame: 'lab',
        reason: `The port of tentacle ${ending.tentacle} went away.`,
        evidence: ending.evidence,
      };
    case 'precondition-missing':
      return { verdict: 'skip', expected: true, cause: 'precondition', reason: ending.reason };
    case 'phase-failed':
      return {
        verdict: 'error',
        expected: false,
        cause: ending.cause,
        blame: ending.cause === 'build-failed' ? 'build' : 'lab',
        reason: ending.reason,
        ...(ending.evidence === undefined ? {} : { evidence: ending.evidence }),
      };
    case 'disk':
      return {
        verdict: 'error',
        expected: false,
        cause: 'disk',
        blame: 'lab',
        reason: `What the run printed could not be kept: ${ending.message}`,
      };
    case 'interrupted':
      return {
        verdict: 'error',
        expected: false,
        cause: 'interrupted',
        reason: `The session was told to stop during ${ending.during}.`,
      };
    default:
      return unreachable(ending);
  }
}

/** `run-tests.py` and its relatives say 0 or 1 when they ran; 2 when they found no board, or did not like their arguments. */
function judgeMicropythonExit(code: number | null, line?: string): Outcome | undefined {
  if (code === 0 || code === 1) return undefined;
  const evidence = line === undefined ? {} : { evidence: line };
  if (code === 2 && !/(unrecognized|invalid|required).*arguments?|requires unittest/.test(line ?? ''))
    return {
      verdict: 'error',
      expected: false,
      cause: 'no-repl',
      blame: 'lab',
      reason: 'Exit code 2: the test runner could not detect the board on its port.',
      ...evidence,
    };
  return {
    verdict: 'error',
    expected: false,
    cause: 'exit-code',
    blame: 'lab',
    reason: `Exit code ${code}: the test runner gave up; look at its output.`,
    ...evidence,
  };
}

function signalled(signal: string, line?: string): Outcome {
  const crashed = CRASHES.has(signal);
  return {
    verdict: crashed ? 'fail' : 'error',
    expected: false,
    cause: 'signal',
    blame: crashed ? 'test' : 'lab',
    reason: crashed
      ? `The test process crashed with ${signal}.`
      : `The test process was ended from outside with ${signal}${signal === 'SIGKILL' ? ' (out of memory?)' : ''}.`,
    ...(line === undefined ? {} : { evidence: line }),
  };
}

function cutOff(cause: 'timeout' | 'silence', reason: string, lastLine: string | undefined): Outcome {
  return {
    verdict: 'fail',
    expected: false,
    cause,
    blame: 'test',
    reason,
    ...(lastLine === undefined ? {} : { evidence: lastLine }),
  };
}

function say(ms: Ms): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}
