import type { Row } from '../row.ts';
import { hooks } from './hooks.ts';
import { background } from './background.ts';
import { interrupted } from './interrupted.ts';
import { keptByHand } from './kept-by-hand.ts';
import { killed } from './killed.ts';
import { leftBehind } from './left-behind.ts';
import { logs } from './logs.ts';
import { meeting } from './meeting.ts';
import { misbehaving } from './misbehaving.ts';
import { runner } from './runner.ts';
import { shortSystem } from './short-system.ts';
import { showing } from './showing.ts';
import { stageRows } from './stages.ts';
import { stopped } from './stopped.ts';
import { telling } from './telling.ts';

/** The whole table. */
export const rows: readonly Row[] = [
  ...killed,
  keptByHand,
  ...stopped,
  ...background,
  ...stageRows,
  ...runner,
  ...interrupted,
  ...leftBehind,
  ...misbehaving,
  ...telling,
  ...showing,
  ...hooks,
  ...shortSystem,
  ...meeting,
  ...logs,
];
