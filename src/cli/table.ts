import type { Command } from './command.ts';

/** Every command, in the order of help; each file is loaded only when its command is asked for. */
export const commandTable: readonly {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}[] = [
  {
    name: 'init',
    summary: 'write a lab file from the boards that are connected',
    load: async () => (await import('./commands/init.ts')).command,
  },
  {
    name: 'run',
    summary: 'carry out what is planned, and say what really failed',
    load: async () => (await import('./commands/run.ts')).command,
  },
  {
    name: 'start',
    summary: 'keep warm what takes long to make, for the runs that come',
    load: async () => (await import('./commands/start.ts')).command,
  },
  {
    name: 'plan',
    summary: 'show what would run where, and what could not, and why',
    load: async () => (await import('./commands/plan.ts')).command,
  },
  {
    name: 'check',
    summary: 'check the lab file and its plans, with every fault at once',
    load: async () => (await import('./commands/check.ts')).command,
  },
  {
    name: 'list',
    summary: 'list tentacles, specs, boards, plans, features or sources',
    load: async () => (await import('./commands/list.ts')).command,
  },
  {
    name: 'attach',
    summary: 'watch a session that runs, from any terminal',
    load: async () => (await import('./commands/attach.ts')).command,
  },
  {
    name: 'ps',
    summary: 'what runs on this bench, who holds what, and who waits for what',
    load: async () => (await import('./commands/ps.ts')).command,
  },
  {
    name: 'status',
    summary: 'whether the lab has a runner, and what it keeps warm',
    load: async () => (await import('./commands/status.ts')).command,
  },
  {
    name: 'reload',
    summary: 'have the warm stages of the runner begun anew',
    load: async () => (await import('./commands/reload.ts')).command,
  },
  {
    name: 'stop',
    summary: 'end the runner or a session in good order, from any terminal',
    load: async () => (await import('./commands/stop.ts')).command,
  },
  {
    name: 'log',
    summary: 'print what happened in a session',
    load: async () => (await import('./commands/log.ts')).command,
  },
  {
    name: 'replay',
    summary: 'show a session again, with the same screen and exit code',
    load: async () => (await import('./commands/replay.ts')).command,
  },
  {
    name: 'report',
    summary: 'write report.md and junit.xml of a session again',
    load: async () => (await import('./commands/report.ts')).command,
  },
  {
    name: 'tentacle',
    summary: 'serve virtual tentacles to other tools, or make them fail',
    load: async () => (await import('./commands/tentacle.ts')).command,
  },
  {
    name: 'schema',
    summary: 'print a JSON Schema: lab, plan, user or event',
    load: async () => (await import('./commands/schema.ts')).command,
  },
  {
    name: 'completion',
    summary: 'print what bash, zsh or fish needs to complete testbed',
    load: async () => (await import('./commands/completion.ts')).command,
  },
];
