import { expect, test } from 'vitest';
import { Resources, usesOf } from '../../src/plan/resources.ts';

test('one has a resource alone, or many share it, or each takes a part of what there is', () => {
  const resources = new Resources({ analyser: 3 });
  const free = (how: 'exclusive' | 'shared' | number): boolean => resources.free({ analyser: how });
  resources.take({ analyser: 2 });
  expect(['exclusive' as const, 'shared' as const, 1, 2].map(free)).toEqual([false, true, true, false]);
  resources.take({ analyser: 1 });
  resources.take({ analyser: 'shared' });
  expect(free(1)).toBe(false);
  resources.giveBack({ analyser: 2 });
  expect([1, 2, 3].map(free)).toEqual([true, true, false]);
  resources.giveBack({ analyser: 1 });
  expect(free('exclusive')).toBe(false);
  resources.giveBack({ analyser: 'shared' });
  resources.take({ analyser: 'exclusive' });
  expect(['exclusive' as const, 'shared' as const, 1].map(free)).toEqual([false, false, false]);
});

test('of what the lab does not name there is one, whatever it is called', () => {
  const resources = new Resources({});
  resources.take({ constructor: 1 });
  expect(resources.free({ constructor: 1 })).toBe(false);
  expect(resources.free({ toString: 1 })).toBe(true);
});

test('an isolated run is alone on the bench', () => {
  const resources = new Resources();
  resources.take(usesOf({ uses: {}, isolated: false }));
  expect(resources.free(usesOf({ uses: {}, isolated: true }))).toBe(false);
  expect(resources.free(usesOf({ uses: {}, isolated: false }))).toBe(true);
  resources.giveBack(usesOf({ uses: {}, isolated: false }));
  resources.take(usesOf({ uses: {}, isolated: true }));
  expect(resources.free(usesOf({ uses: {}, isolated: false }))).toBe(false);
});
