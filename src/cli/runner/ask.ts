import type { FromRunner, ToRunner } from './protocol.ts';
import type { RunnerChannel } from './connect.ts';

/** What can be asked of a runner without handing a session over. */
export type Question = Extract<ToRunner, { kind: 'status' | 'reload' | 'stop-session' | 'stop-runner' }>;

/** The kind of answer to each kind of question. */
interface AnswerKinds {
  readonly status: 'status';
  readonly reload: 'reloading';
  readonly 'stop-session': 'stopping';
  readonly 'stop-runner': 'stopping';
}

/** What it answers to that. */
export type Answer<Q extends Question> = Extract<FromRunner, { kind: AnswerKinds[Q['kind']] }>;

/** Asks a runner something; undefined: it ended before it answered. The connection stays. */
export async function ask<Q extends Question>(
  channel: RunnerChannel,
  question: Q,
): Promise<Answer<Q> | undefined> {
  const answer = new Promise<FromRunner>((resolve) => channel.listen(resolve));
  channel.send(question);
  const first = await Promise.race([answer, channel.closed.then(() => undefined)]);
  return first as Answer<Q> | undefined;
}
