import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../support/rig.ts';

/** A fenced code block of a page. */
export interface Block {
  /** Relative to the root of the project. */
  readonly page: string;
  /** Of its first line, from 1. */
  readonly line: number;
  /** What stands behind the fence: `yaml`, `console`, `yaml testbed.yaml`. */
  readonly info: string;
  readonly text: string;
}

/** Every page that a user may read. */
export const PAGES: readonly string[] = ['README.md', ...globSync('docs/**/*.md', { cwd: root }).toSorted()];

/** The fenced code blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const lines = readFileSync(path.join(root, page), 'utf8').split('\n');
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length; index++) {
    const info = /^```(.*)$/.exec(lines[index] ?? '')?.[1];
    if (info === undefined) continue;
    const end = lines.indexOf('```', index + 1);
    if (end === -1) throw new Error(`${page}:${index + 1}: this code block has no end`);
    const text = lines.slice(index + 1, end).map((line) => `${line}\n`);
    blocks.push({ page, line: index + 2, info, text: text.join('') });
    index = end;
  }
  return blocks;
}
