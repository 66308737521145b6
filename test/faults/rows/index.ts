import type { Row } from '../row.ts';
import { hooks } from './hooks.ts';
import { interrupted } from './interrupted.ts';
import { killed } from './killed.ts';
import { leftBehind } from './left-behind.ts';
import { logs } from './logs.ts';
import { meeting } from './meeting.ts';
import { misbehaving } from './misbehaving.ts';
import { shortSystem } from './short-system.ts';
import { stopped } from './stopped.ts';

/** The whole table. */
export const rows: readonly Row[] = [
  ...killed,
  ...stopped,
  ...interrupted,
  ...leftBehind,
  ...misbehaving,
  ...hooks,
  ...shortSystem,
  ...meeting,
  ...logs,
];
