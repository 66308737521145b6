import type { RunFinished, StageReady, StageStopped, TestbedEvent, TestFinished } from '../../event/event.ts';
import { unreachable } from '../../util/unreachable.ts';
import { howToLook, isBad, tentaclesOf, whyOf, wordOf } from '../facts.ts';
import { count, duration, oneLine } from '../text.ts';

/** How an event reads for a person: a word for the kind of thing, what it is about, and what is to be told. */
export interface Description {
  readonly word: string;
  readonly mood: 'good' | 'bad' | 'note' | 'plain' | 'pale';
  readonly subject: string;
  readonly text: string;
}

/** One line's worth of an event. */
export function describe(event: TestbedEvent): Description {
  const say = (mood: Description['mood'], word: string, subject: string, text = ''): Description => ({
    word,
    mood,
    subject,
    text: oneLine(text),
  });
  switch (event.type) {
    case 'session-started': {
      const { orders, specs } = event.plan;
      return say(
        'plain',
        'session',
        event.session,
        `lab ${event.lab}: ${count(orders, 'order')} of ${count(specs.length, 'spec')}`,
      );
    }
    case 'session-paused':
      return say('note', 'paused', '', 'nothing more is served for now');
    case 'session-unpaused':
      return say('note', 'serving', '', 'after the pause');
    case 'session-resumed':
      return say('plain', 'resumed', event.session);
    case 'session-finished':
      return say(
        event.exit === 0 ? 'good' : 'bad',
        event.ending === 'complete' ? 'end' : 'stopped',
        '',
        `${event.ending} after ${duration(event.durationMs)}, exit ${event.exit}`,
      );
    case 'tentacle-leased':
      return say('pale', 'lease', event.tentacle, event.run === undefined ? '' : `for ${event.run}`);
    case 'tentacle-released':
      return say('pale', 'release', event.tentacle);
    case 'tentacle-held': {
      const { user, host, pid, command, since } = event.holder;
      const when = new Date(since).toLocaleTimeString('en-GB');
      return say(
        'note',
        event.waits === false ? 'held' : 'waiting',
        event.tentacle,
        `held by ${user} on ${host} since ${when} (pid ${pid}: ${command})${event.waits === false ? '; it is not waited for' : ''}`,
      );
    }
    case 'tentacle-kept':
      return say(
        'note',
        'kept',
        event.tentacle,
        `held by hand after ${event.after}: ${howToLook(event.port)}`,
      );
    case 'tentacle-let-go':
      return say('plain', 'let go', event.tentacle);
    case 'tentacle-lost':
      return say('bad', 'lost', event.tentacle, event.evidence);
    case 'tentacle-identified':
      return say('pale', 'board', event.tentacle, `${event.machine}, MicroPython ${event.version}`);
    case 'firmware-flashed':
      return say(
        'plain',
        'flashed',
        event.tentacle,
        `${event.boardVariant} ${event.version} (${event.firmware.slice(0, 12)}) in ${duration(event.durationMs)}`,
      );
    case 'stage-started':
      return say('plain', 'stage', nameOf(event), 'begins');
    case 'stage-ready':
      return say(
        'plain',
        'stage',
        nameOf(event),
        `${event.kept ? 'kept from before' : `ready after ${duration(event.durationMs)}`}${valuesOf(event)}`,
      );
    case 'stage-respawned':
      return say('note', 'stage', nameOf(event), `begun again, start ${event.start}`);
    case 'stage-changed':
      return say('note', 'stage', nameOf(event), `is to be reloaded: ${event.path} has changed`);
    case 'stage-stopped':
      return say(UNWANTED.has(event.why) ? 'bad' : 'pale', 'stage', nameOf(event), endOfStage(event));
    case 'order-unschedulable':
      return say('bad', 'UNSCHED', event.order, event.reason);
    case 'order-not-run':
      return say('note', 'NOT-RUN', event.order, event.reason);
    case 'run-started': {
      const where = tentaclesOf(event);
      const again =
        event.attempt > 1 ? `attempt ${event.attempt}${event.again ? ', asked for by hand' : ''}` : '';
      return say(
        'plain',
        'run',
        event.run,
        [where === '' ? '' : `on ${where}`, again].filter(Boolean).join(', '),
      );
    }
    case 'phase-started':
      return say('pale', event.phase, event.run, `${event.tentacle ?? ''} begins`);
    case 'phase-finished':
      return say(
        event.ending === 'failed' ? 'bad' : 'pale',
        event.phase,
        event.run,
        `${event.tentacle ?? ''} ${event.ending} after ${duration(event.durationMs)}`,
      );
    case 'test-finished':
      return say(
        moodOf(event),
        wordOf(event),
        event.run,
        [event.path, whyOf(event)].filter(Boolean).join(': '),
      );
    case 'measurement':
      return say('plain', 'measure', event.run, `${event.name} ${event.value} ${event.unit}`);
    case 'run-auditing':
      return say('pale', 'audit', event.run);
    case 'run-finished':
      // Green is for what settles an order.
      return say(
        event.again === true && moodOf(event) === 'good' ? 'note' : moodOf(event),
        wordOf(event).toUpperCase(),
        event.run,
        endOf(event),
      );
    case 'run-retried':
      return say('note', 'retry', event.order, `attempt ${event.attempt} to come`);
    case 'bail-out':
      return say('bad', 'BAIL', event.run, event.reason);
    case 'warning':
      return say('note', 'warning', event.run ?? event.tentacle ?? '', event.message);
    default:
      return unreachable(event);
  }
}

function endOfStage({ why, reason, evidence }: StageStopped): string {
  const words =
    why === 'given-up' ? 'given up' : why === 'kept' ? 'kept' : UNWANTED.has(why) ? 'down' : 'stopped';
  return `${words}: ${reason}${evidence === undefined || reason.includes(evidence) ? '' : ` ${evidence}`}`;
}

/** Ends that a stage should not come to. */
const UNWANTED: ReadonlySet<StageStopped['why']> = new Set(['died', 'not-ready', 'given-up']);

/** A tentacle stage is there once on each tentacle. */
function nameOf({ stage = '', tentacle }: TestbedEvent): string {
  return tentacle === undefined ? stage : `${stage}@${tentacle}`;
}

function valuesOf({ values = {} }: StageReady): string {
  const told = Object.entries(values)
    .filter(([key]) => key !== 'dir')
    .map(([key, value]) => `${key} ${value}`);
  return told.length === 0 ? '' : `: ${told.join(', ')}`;
}

type Judged = Pick<RunFinished | TestFinished, 'verdict' | 'expected'>;

function moodOf(judged: Judged): Description['mood'] {
  if (isBad(judged)) return 'bad';
  return judged.verdict === 'pass' ? 'good' : 'note';
}

function endOf({ tests, durationMs, reason, willRetry, again, verdict }: RunFinished): string {
  const total =
    tests === undefined ? 0 : tests.pass + tests.fail + tests.error + tests.skip + tests.expectedFail;
  const parts = [
    total > 0 && verdict === 'pass' ? count(total, 'test') : '',
    // A sentence, and then it goes on.
    reason?.replace(/\.$/, '') ?? '',
    duration(durationMs),
    willRetry ? 'to be retried' : '',
    again === true ? 'tried again by hand: its order stays failed' : '',
  ];
  return parts.filter(Boolean).join(', ');
}
