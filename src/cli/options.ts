import type { OptionTable } from './command.ts';

/** Where the lab comes from; shared by every command that reads one. */
export const labOptions = {
  config: {
    type: 'string',
    short: 'c',
    value: 'FILE',
    help: 'the lab file; default: testbed.yaml from here upward',
  },
  port: {
    type: 'string',
    value: 'PORT',
    help: 'a lab of one board on this port (a0, u0, /dev/…), without a lab file',
  },
  board: { type: 'string', value: 'BOARD', help: 'with --port: which board it is; default: ask it' },
  source: {
    type: 'string',
    multiple: true,
    value: 'NAME=SPEC',
    help: 'take this source from another directory or git spec',
  },
} as const satisfies OptionTable;

/** Where sessions are; shared by the commands that write or read one. */
export const resultsOption = {
  results: {
    type: 'string',
    value: 'DIR',
    help: 'where sessions are kept; default: results/ beside the lab file',
  },
} as const satisfies OptionTable;

/** What is to be tested; the same in every command. */
export const selectionOptions = {
  only: {
    type: 'string',
    multiple: true,
    value: 'SEL',
    help: 'only these: a spec or label (globs), board:, tentacle:, feature:, tag:k=v, id:',
  },
  skip: { type: 'string', multiple: true, value: 'SEL', help: 'all but these' },
  test: { type: 'string', multiple: true, value: 'GLOB', help: 'only tests whose path matches' },
} as const satisfies OptionTable;

/** How orders are bound, repeated and carried out; the same in `run` and in `plan`, which tells how long it would take. */
export const servingOptions = {
  count: { type: 'integer', value: 'N', help: 'run every order N times (1)' },
  partner: {
    type: 'string',
    choices: ['any', 'prefer-reference', 'reference-only'],
    help: 'who may take the other role; default: prefer-reference',
  },
  jobs: {
    type: 'integer',
    value: 'N',
    help: 'at most N runs at once; default: as tentacles and cores allow',
  },
  flash: {
    type: 'string',
    choices: ['auto', 'skip', 'force'],
    help: 'put firmware on a tentacle when it differs (auto, the default), never, or always',
  },
} as const satisfies OptionTable;

/** `--format json` on every command that prints data. */
export const formatOption = {
  format: {
    type: 'string',
    choices: ['text', 'json'],
    help: 'text for people (the default), or json for machines',
  },
} as const satisfies OptionTable;
