import { isatty } from 'node:tty';
import { SessionShow, type SessionShowOptions } from '../render/session-show.ts';
import type { Audience, BegunSession, Stop } from './run-session.ts';

/** What of a session is shown, and where. */
export type Shown = Omit<SessionShowOptions, 'directory' | 'mode' | 'keyboard' | 'overlord'>;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Whoever sits at the terminal of the process that carries the session out, or has it in the background. */
export function terminalAudience(shown: Shown, onBegun: (session: BegunSession) => void): Audience {
  let show: SessionShow | undefined;
  return {
    // A signal ends this process, too.
    unwanted: () => Promise.resolve(undefined),
    open: async ({ controls, ...session }) => {
      const keyboard = isatty(0) ? { keyboard: { stdin: process.stdin, controls } } : {};
      show = await SessionShow.open({ ...shown, ...session, mode: 'live', ...keyboard });
      return show;
    },
    begun: onBegun,
    // The summary tells.
    written: () => undefined,
    progress: (run, text) => show?.progress(run, text),
    note: (text) => show?.note(text),
    hear: onSignals,
  };
}

/** The first signal asks to stop, the next ones insist. */
export function onSignals(stop: Stop): () => void {
  let asked = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    stop(asked ? 'now' : 'soon', signal as (typeof SIGNALS)[number]);
    asked = true;
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
