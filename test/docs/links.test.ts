import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/rig.ts';
import { PAGES } from './blocks.ts';

/** The anchors that GitHub makes of a page's headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(PAGES)('%s: every link leads somewhere', (page) => {
  const text = readFileSync(path.join(root, page), 'utf8').replaceAll(/^```[^]*?^```/gm, '');
  for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target)) continue;
    const [file = '', anchor] = target.split('#');
    const there = file === '' ? path.join(root, page) : path.join(root, path.dirname(page), file);
    expect(existsSync(there), `${page} -> ${target}`).toBe(true);
    if (anchor !== undefined)
      expect(anchorsOf(readFileSync(there, 'utf8')), `${page} -> ${target}`).toContain(anchor);
  }
});

test('every page can be reached from the front page', () => {
  const reached = new Set(['README.md']);
  for (const page of reached)
    for (const [, target = ''] of readFileSync(path.join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)/g)) {
      const linked = path.join(path.dirname(page), target);
      if (PAGES.includes(linked)) reached.add(linked);
    }
  expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
});
