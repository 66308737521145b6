import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { nothingStays } from '../session/support.ts';
import { Rig } from '../support/rig.ts';
import { begin, hold, lab, shows } from './support/by-hand.ts';

/** What a REPL says to a return and a sum. */
async function talkTo(port: string): Promise<string> {
  const script = `stty -F "$0" raw -echo && exec 3<>"$0" && printf '\\r\\n40+2\\r\\n' >&3 && timeout 5 sed '/42/q' <&3`;
  return (await promisify(execFile)('bash', ['-c', script, port])).stdout;
}

function leases(rig: Rig): string[] {
  const directory = path.join(rig.state, 'leases');
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.json')) : [];
}

function story(rig: Rig): string[] {
  return rig
    .events()
    .filter(({ type }) => /^(tentacle-(leased|kept|let-go|released)|run-(started|finished))$/.test(type))
    .map(({ type, run }) => (type.startsWith('run') ? `${type} ${run}` : type));
}

test('h keeps the tentacle of a run for a person: its board answers, nobody is served there, h lets it go', async () => {
  await using rig = new Rig();
  lab(rig);
  using terminal = begin(rig, '--count 2');
  const { port = '' } = await hold(rig, terminal);
  await terminal.until(shows('^v0 held by hand: h on it lets it go;'));
  await terminal.until(shows('1 order waits for v0, held by hand \\(h on it lets it go, q ends'));
  // However long it is, what is to be typed stands there as a whole.
  expect(terminal.screen.join('')).toContain(`mpremote connect ${port}`);
  expect(await talkTo(port)).toContain('42');
  expect(leases(rig)).toHaveLength(1);
  const ps = await rig.run(['ps']);
  expect(ps.stdout).toContain(`v0 is held by hand for`);
  expect(ps.stdout).toContain(`mpremote connect ${port}`);
  expect(ps.stdout).toContain('waiting: 1 order of look: v0 is held by hand');
  const other = await rig.run(['run', '--no-wait', '--results', 'other']);
  expect(other.exit).toBe(3);
  expect(rig.events().filter(({ type }) => type === 'run-started')).toHaveLength(1);
  terminal.key('Down');
  await terminal.until(shows('^▸ v0 held by hand: h lets it go;'));
  terminal.press('h');
  await terminal.until(shows('^exit 1$'));
  expect(story(rig)).toEqual([
    'tentacle-leased',
    'run-started LOOK[v0-VIRTUAL]',
    'run-finished LOOK[v0-VIRTUAL]',
    'tentacle-kept',
    'tentacle-let-go',
    'tentacle-released',
    'tentacle-leased',
    'run-started LOOK[v0-VIRTUAL]#2',
    'run-finished LOOK[v0-VIRTUAL]#2',
    'tentacle-released',
  ]);
  const [log, replay] = [await rig.run(['log']), await rig.run(['replay', '--renderer', 'lines'])];
  for (const text of [log.stdout, replay.stderr])
    expect(text).toContain(`kept     v0  held by hand after LOOK[v0-VIRTUAL]: mpremote connect ${port}`);
  await nothingStays(rig);
});

test.each([
  ['q', 'exit 3', 'complete'],
  ['C-c', 'exit 130', 'interrupted'],
] as const)(
  'when all else is over the session waits; %s lets the tentacle go and ends it',
  async (key, exit, ending) => {
    await using rig = new Rig();
    lab(rig);
    using terminal = begin(rig, '--fail-fast --count 2');
    await hold(rig, terminal);
    await terminal.until(shows('all else is over: the session waits for v0, held by hand'));
    expect(leases(rig)).toHaveLength(1);
    terminal.key(key);
    await terminal.until(shows(`^${exit}$`));
    expect(rig.events().at(-1)).toMatchObject({ type: 'session-finished', ending });
    expect(story(rig).slice(-2)).toEqual(['tentacle-let-go', 'tentacle-released']);
    expect(leases(rig)).toEqual([]);
    await nothingStays(rig);
  },
);

test('h twice is not at all; a run on the host has no tentacle to hold', async () => {
  await using rig = new Rig();
  lab(rig);
  using terminal = begin(rig, '');
  await terminal.until(shows('❯ v0 test'));
  terminal.press('h');
  await terminal.until(shows('choose a run first'));
  terminal.key('Down');
  terminal.press('h');
  await terminal.until(shows('v0 will be held'));
  terminal.press('h');
  await terminal.until(shows('v0 will be let go'));
  rig.write('go', '');
  await terminal.until(shows('^exit 1$'));
  expect(story(rig).slice(-1)).toEqual(['tentacle-released']);
  await using host = new Rig();
  lab(host, '{}');
  using second = begin(host, '');
  await second.until(shows('❯ host test'));
  second.key('Down');
  second.press('h');
  await second.until(shows('LOOK is on the host: there is no tentacle to hold'));
  host.write('go', '');
  await second.until(shows('^exit 1$'));
});
