// SIGINT and SIGTERM, once and twice, in each phase.
import { setTimeout as delay } from 'node:timers/promises';
import type { Holds, SessionRow } from '../row.ts';
import { MOMENTS, ONE_BY_ONE, SAID, holdSecondIn, threeOnBoard, type Moment } from './held.ts';

const EXIT = { SIGINT: 130, SIGTERM: 143 } as const;

const holds: Readonly<Record<Moment, Pick<Holds, 'runs' | 'resumed'>>> = {
  power: {
    runs: ['A pass', 'B error interrupted'],
    resumed: ['A pass', 'B error interrupted', 'B pass', 'C pass'],
  },
  test: {
    runs: ['A pass', 'B error interrupted'],
    resumed: ['A pass', 'B error interrupted', 'B pass', 'C pass'],
  },
  // What had passed has passed.
  teardown: { runs: ['A pass', 'B pass'], resumed: ['A pass', 'B pass', 'C pass'] },
};

function row(signal: 'SIGINT' | 'SIGTERM', often: 'once' | 'twice', moment: Moment): SessionRow {
  return {
    kind: 'a person wants it to end',
    fault: `${signal} ${often}, ${SAID[moment]}${often === 'twice' ? ', with a test that hears no TERM' : ''}`,
    ...(moment === 'test' && signal === 'SIGINT' && often === 'once' ? { short: true } : {}),
    // The grace is a minute: who asks twice does not wait for it.
    args: ONE_BY_ONE,
    lab: threeOnBoard(moment, often === 'twice' ? 'deaf' : undefined),
    inject: async (bench) => {
      const goOn = await holdSecondIn(bench, moment);
      bench.strike(bench.session.pid, signal);
      await bench.session.printed('once more to stop at once');
      if (often === 'twice') {
        bench.strike(bench.session.pid, signal);
        await delay(100);
      }
      goOn();
    },
    holds: { exit: EXIT[signal], log: 'interrupted', ...holds[moment] },
  };
}

export const interrupted: readonly SessionRow[] = (['SIGINT', 'SIGTERM'] as const).flatMap((signal) =>
  (['once', 'twice'] as const).flatMap((often) => MOMENTS.map((moment) => row(signal, often, moment))),
);
