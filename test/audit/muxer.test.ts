import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChannelEvent } from '../../src/audit/channel-line.ts';
import { MarkerSplitter } from '../../src/audit/marker.ts';
import { Muxer } from '../../src/audit/muxer.ts';
import { Partners } from '../../src/audit/partners.ts';

const MARKER = '#testbed:00000000-1111-2222-3333-444444444444:';
const note = (message: string, mark?: number): ChannelEvent => ({
  type: 'note',
  message,
  ...(mark === undefined ? {} : { mark }),
});

/** What comes out, in its order: `o` and `e` for text of the two streams, `!` for an event, `?` for lost order. */
function muxed(marker: string | undefined = MARKER): { readonly muxer: Muxer; readonly said: string[] } {
  const said: string[] = [];
  const muxer = new Muxer(
    {
      text: (stream, bytes) => said.push(`${stream === 'stdout' ? 'o' : 'e'} ${bytes.toString('latin1')}`),
      event: (event) => said.push(`! ${event.type === 'note' ? event.message : event.type}`),
      lost: () => said.push('?'),
    },
    marker,
  );
  return { muxer, said };
}
const out = (muxer: Muxer, text: string) => muxer.push('stdout', Buffer.from(text, 'latin1'), 1);
const err = (muxer: Muxer, text: string) => muxer.push('stderr', Buffer.from(text, 'latin1'), 1);

describe('events with a mark stand where their markers stood', () => {
  test('whoever comes first', () => {
    const orders: ((muxer: Muxer) => void)[] = [
      (muxer) => out(muxer, `a\n${MARKER}7\nb\n`),
      (muxer) => err(muxer, `x\n${MARKER}7\ny\n`),
      (muxer) => muxer.event(note('seven', 7), 1),
    ];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [0, 2, 1],
    ]) {
      const { muxer, said } = muxed();
      for (const index of order) orders[index]!(muxer);
      muxer.end(1);
      const at = said.indexOf('! seven');
      expect(said.slice(0, at).toSorted(), String(order)).toEqual(['e x\n', 'o a\n']);
      expect(said.slice(at + 1).toSorted(), String(order)).toEqual(['e y\n', 'o b\n']);
    }
  });

  test('a marker in the middle of a line is taken out with its newline, and the event stands there', () => {
    const { muxer, said } = muxed();
    out(muxer, `half${MARKER}1\n-line\n`);
    err(muxer, `${MARKER}1\n`);
    muxer.event(note('one', 1), 1);
    muxer.end(1);
    expect(said).toEqual(['o half', '! one', 'o -line\n']);
  });

  test('events without a mark keep their place among events', () => {
    const { muxer, said } = muxed();
    muxer.event(note('one', 1), 1);
    muxer.event(note('two'), 1);
    expect(said).toEqual([]);
    out(muxer, `${MARKER}1\n`);
    err(muxer, `${MARKER}1\n`);
    expect(said).toEqual(['! one', '! two']);
  });
});

describe('a partner that never comes is waited for by nobody', () => {
  test('a marker on one stream only, and no event: what follows goes out at the end', () => {
    const { muxer, said } = muxed();
    out(muxer, `a\n${MARKER}3\nb\n`);
    err(muxer, 'x\n');
    expect(said).toEqual(['o a\n', 'e x\n']);
    muxer.end(1);
    expect(said).toEqual(['o a\n', 'e x\n', 'o b\n']);
  });

  test('a later one lets it go', () => {
    const { muxer, said } = muxed();
    muxer.event(note('one', 1), 1);
    out(muxer, `${MARKER}1\na\n${MARKER}2\nb\n`);
    err(muxer, `x\n${MARKER}2\ny\n`);
    muxer.event(note('two', 2), 1);
    expect(said).toEqual(['e x\n', '! one', 'o a\n', '! two', 'o b\n', 'e y\n']);
  });

  test('a marker whose event never comes is passed over by the next', () => {
    const { muxer, said } = muxed();
    out(muxer, `${MARKER}1\na\n${MARKER}2\nb\n`);
    err(muxer, `${MARKER}2\n`);
    muxer.event(note('two', 2), 1);
    expect(said).toEqual(['o a\n', '! two', 'o b\n']);
  });

  test('an event whose markers never come goes out at the end, after what was printed', () => {
    const { muxer, said } = muxed();
    muxer.event(note('one', 1), 1);
    out(muxer, 'a\n');
    muxer.end(1);
    expect(said).toEqual(['o a\n', '! one']);
  });

  test('no more than 1 MB is held', () => {
    const { muxer, said } = muxed();
    out(muxer, `${MARKER}1\n`);
    for (let kb = 0; kb < 2000; kb++) out(muxer, `${'a'.repeat(1023)}\n`);
    expect(said.length).toBeGreaterThan(1000);
    expect(said).toContain('?');
  });
});

describe('a marker can not be forged or broken', () => {
  test.each([
    '#testbed:00000000-1111-2222-3333-444444444445:7\n',
    '#testbed:7\n',
    `${MARKER}\n`,
    `${MARKER}x\n`,
    `${MARKER}7 \n`,
    `${MARKER}7777777777777777777777\n`,
    MARKER.slice(0, -1),
  ])('%j is text', (text) => {
    const { muxer, said } = muxed();
    out(muxer, text);
    out(muxer, 'after\n');
    muxer.end(1);
    expect(said.map((each) => each.slice(2)).join('')).toBe(`${text}after\n`);
  });

  test('however the bytes are cut, the same text and markers come out', () => {
    const unit = fc.constantFrom('a', '\n', '#', '#testbed:', MARKER, `${MARKER}7\n`, `${MARKER}12\n`, '7');
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 12 }),
        fc.array(fc.nat(400), { maxLength: 8 }),
        (parts, cuts) => {
          const text = parts.join('');
          const whole = new MarkerSplitter(MARKER);
          const wanted = joined([...whole.push(Buffer.from(text)), ...whole.end()]);
          const bytes = Buffer.from(text);
          const at = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
          const splitter = new MarkerSplitter(MARKER);
          const pieces = at.slice(1).flatMap((end, index) => splitter.push(bytes.subarray(at[index], end)));
          expect(joined([...pieces, ...splitter.end()])).toEqual(wanted);
          expect(wanted).toBe(text.replaceAll(new RegExp(`${MARKER}(\\d+)\n`, 'g'), '<$1>'));
        },
      ),
    );
  });
});

function joined(pieces: readonly ({ bytes: Buffer } | { marker: number })[]): string {
  return pieces.map((piece) => ('marker' in piece ? `<${piece.marker}>` : piece.bytes.toString())).join('');
}

describe('whatever comes, in whatever order', () => {
  const action = fc.oneof(
    fc.record({ to: fc.constantFrom('stdout', 'stderr'), text: fc.constantFrom('a\n', 'b', 'cc\n', '\n') }),
    fc.record({ to: fc.constantFrom('stdout', 'stderr'), marker: fc.nat(6) }),
    fc.record({ to: fc.constant('events'), mark: fc.option(fc.nat(6), { nil: undefined }) }),
  );

  test('nothing is lost, each stream and the events keep their own order, and nothing is left waiting', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const { muxer, said } = muxed();
        const wanted = { o: '', e: '', events: [] as string[] };
        actions.forEach((each, index) => {
          const push = each.to === 'stdout' ? out : err;
          if ('text' in each) {
            push(muxer, each.text);
            wanted[each.to === 'stdout' ? 'o' : 'e'] += each.text;
          } else if ('marker' in each) push(muxer, `${MARKER}${each.marker}\n`);
          else {
            muxer.event(note(String(index), each.mark), 1);
            wanted.events.push(`! ${index}`);
          }
        });
        muxer.end(1);
        const text = (stream: string) =>
          said.flatMap((each) => (each.startsWith(`${stream} `) ? [each.slice(2)] : [])).join('');
        expect([text('o'), text('e')]).toEqual([wanted.o, wanted.e]);
        expect(said.filter((each) => each.startsWith('!'))).toEqual(wanted.events);
      }),
    );
  });

  test('without markers, lines of the two streams are never mixed, and half a line waits for its rest', () => {
    const { muxer, said } = muxed(undefined);
    out(muxer, 'one ');
    err(muxer, 'error\n');
    expect(said).toEqual(['e error\n']);
    expect(muxer.waits).toBe(true);
    out(muxer, 'line\nand ');
    expect(said).toEqual(['e error\n', 'o one line\n']);
    muxer.flush({ ms: 5, now: 4 });
    expect(said).toHaveLength(2);
    muxer.flush({ ms: 5, now: 6 });
    expect(said).toEqual(['e error\n', 'o one line\n', 'o and ']);
    expect(muxer.waits).toBe(false);
    // The clock was set back since.
    out(muxer, 'half');
    muxer.flush({ ms: 5, now: -3_600_000 });
    expect(said.at(-1)).toBe('o half');
  });

  test('a line of megabytes is not held', () => {
    const { muxer, said } = muxed();
    for (let kb = 0; kb < 3000; kb++) out(muxer, 'x'.repeat(1024));
    const before = said.join('').length;
    expect(before).toBeGreaterThan(2_900_000);
    muxer.end(1);
    expect(said.map((each) => each.length - 2).reduce((sum, length) => sum + length, 0)).toBe(3000 * 1024);
  });

  test('markers and events without number cost bounded memory', () => {
    let events = 0;
    const partners = new Partners({ text: () => undefined, event: () => events++, lost: () => undefined });
    for (let mark = 0; mark < 50_000; mark++) partners.event({ mark: 1_000_000 - mark }, 1);
    expect(events).toBeGreaterThan(39_000);
  });
});
