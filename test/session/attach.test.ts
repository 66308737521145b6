import { existsSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { claimSession } from '../../src/cli/session-claim.ts';
import { Terminal } from '../render/support/terminal.ts';
import { heldLab } from '../support/held-lab.ts';
import { ownLab, spec } from '../support/own-lab.ts';
import { Rig, root, until } from '../support/rig.ts';

const eventsOf = (rig: Rig): string => path.join(rig.session, 'events.jsonl');

const shows = (text: string) => (screen: readonly string[]) => screen.some((line) => line.match(text));

describe('testbed attach', () => {
  test('two at once see a session that somebody else runs, each in its own way, and end with it and its exit code', async () => {
    await using held = await heldLab(2);
    const { rig, gate } = held;
    const running = rig.start(['run', '--jobs', '1', '-q']);
    const first = await gate.arrival();
    const lines = rig.start(['attach']);
    const raw = rig.start(['attach', '--format', 'jsonl', rig.session]);
    await lines.printed('run      S0');
    await raw.printed('"run-started"');
    first.release(1);
    await lines.printed('FAIL     S0');
    (await gate.arrival()).release(0);
    const end = await running.finished;
    const [seen, events] = await Promise.all([lines.finished, raw.finished]);
    expect([end.exit, seen.exit, events.exit]).toEqual([1, 1, 1]);
    expect(events.stdout).toBe(readFileSync(eventsOf(rig), 'utf8'));
    // The end is the same, whoever tells it.
    expect(seen.stderr).toContain(end.stderr.trim());
    expect(seen.stderr).toContain('testbed: Ctrl-C ends the watching, not the session');
  });

  test('Ctrl-C ends the watching and leaves the session alone', async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    const running = rig.start(['run']);
    const run = await gate.arrival();
    const attached = rig.start(['attach']);
    await attached.printed('ends the watching');
    attached.child.kill('SIGINT');
    const { exit, stderr } = await attached.finished;
    const { session } = rig.events()[0]!;
    expect(stderr).toContain(`session ${session} goes on. To end it: testbed stop ${session}\n`);
    expect(stderr).not.toContain('planned');
    expect(exit).toBe(130);
    run.release(0);
    expect((await running.finished).exit).toBe(0);
  });

  test('asked twice while it is slow to leave: it is gone, and the terminal in order', async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    const running = rig.start(['run']);
    const run = await gate.arrival();
    // It hears the first, and then is as busy as on the slowest of machines.
    const slow = rig.write(
      'slow.cjs',
      `const { abort } = AbortController.prototype;
      AbortController.prototype.abort = function (reason) {
        abort.call(this, reason);
        if (reason !== 'SIGINT') return;
        require('node:fs').writeFileSync('${rig.directory}/asked', String(process.pid));
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
      };`,
    );
    const shell = `cd '${rig.directory}'; stty echo; PS1='ready> ' exec bash --norc --noprofile -i`;
    using terminal = new Terminal(shell, { columns: 80, rows: 24 });
    terminal.type(
      `NODE_OPTIONS='--require=${slow}' '${process.execPath}' '${root}/bin/testbed' attach; echo "exit $?"`,
    );
    await terminal.until(shows('^\\? help .*q leave$'));
    terminal.press('q');
    const pid = await until(rig.directory, () => {
      const asked = path.join(rig.directory, 'asked');
      return existsSync(asked) ? Number(readFileSync(asked, 'utf8')) || undefined : undefined;
    });
    process.kill(pid, 'SIGINT');
    await terminal.until(shows('^exit 130$'));
    expect(terminal.cursorVisible).toBe(true);
    terminal.type('clear; stty -a | grep -o "[-]*icanon"');
    await terminal.until((lines) => lines.includes('icanon'));
    run.release(0);
    expect((await running.finished).exit).toBe(0);
  });

  test('in a terminal, keys that change nothing in the session: focus, output, only failures, help; q ends the watching', async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    const running = rig.start(['run']);
    const run = await gate.arrival();
    const quiet = `cd '${rig.directory}'; stty echo; PS1='ready> ' exec bash --norc --noprofile -i`;
    using terminal = new Terminal(quiet, { columns: 80, rows: 24 });
    terminal.type(`'${process.execPath}' '${root}/bin/testbed' attach; echo "exit $?"`);
    await terminal.until(shows('^\\? help  ↑↓ focus  o output  f fails  q leave$'));
    // What it may not do has no effect.
    terminal.press('psrh');
    terminal.key('Down');
    await terminal.until(shows('❯ ▸ host test'));
    terminal.press('o');
    await terminal.until(shows('^── S0'));
    terminal.press('f');
    await terminal.until(shows('^nothing has failed'));
    terminal.press('?');
    await terminal.until(shows('Ctrl-C ends the watching, not the session'));
    terminal.press('q');
    await terminal.until(shows('^exit 130$'));
    expect(terminal.screen.join('')).toContain(`session ${rig.events()[0]?.session} goes on`);
    expect(terminal.cursorVisible).toBe(true);
    terminal.type('clear; stty -a | grep -o "[-]*icanon"');
    await terminal.until((screen) => screen.includes('icanon'));
    run.release(0);
    expect((await running.finished).exit).toBe(0);
    expect(rig.events().filter(({ type }) => /paused|not-run|kept/.test(type))).toEqual([]);
  });

  test('a process that is killed: what it finished is told, and exit 4', async () => {
    await using held = await heldLab(2);
    const { rig, gate } = held;
    const running = rig.start(['run', '--jobs', '1']);
    (await gate.arrival()).release(0);
    await gate.arrival();
    const attached = rig.start(['attach']);
    await attached.printed('PASS     S0');
    running.child.kill('SIGKILL');
    const { exit, stderr } = await attached.finished;
    expect(exit).toBe(4);
    expect(stderr).toContain(`the session was cut off: its process (pid ${running.pid} on `);
    expect(stderr).toContain('2 planned = 1 pass');
  });

  test('killed and resumed meanwhile: it shows how that goes on, to the end of the whole', async () => {
    await using held = await heldLab(2);
    const { rig, gate } = held;
    const running = rig.start(['run', '--jobs', '1']);
    (await gate.arrival()).release(0);
    await gate.arrival();
    const attached = rig.start(['attach', '--renderer', 'lines']);
    await attached.printed('run      S1');
    // Stopped, so that it can not look before there is somebody who goes on.
    attached.child.kill('SIGSTOP');
    running.child.kill('SIGKILL');
    await running.finished;
    const resumed = rig.start(['run', '--resume']);
    const again = await gate.arrival();
    attached.child.kill('SIGCONT');
    await attached.printed('resumed');
    again.release(0);
    expect((await resumed.finished).exit).toBe(0);
    const { exit, stderr } = await attached.finished;
    expect(exit).toBe(0);
    expect(stderr).toContain('2 planned = 2 pass');
  });

  test('a dead one that somebody is about to go on with is waited for, until nobody is', async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    const running = rig.start(['run']);
    await gate.arrival();
    running.child.kill('SIGKILL');
    await running.finished;
    const directory = path.join(rig.directory, 'results', rig.events()[0]?.session ?? '');
    const release = await claimSession(rig.state, directory, ['testbed', 'run', '--resume']);
    const attached = rig.start(['attach']);
    await attached.printed('ends the watching');
    release();
    expect((await attached.finished).exit).toBe(4);
  });

  test('of a session that is over it shows what a replay shows; of one elsewhere it says what it can not know', async () => {
    await using rig = new Rig();
    ownLab(rig, { specs: spec('b', ['false']) });
    expect((await rig.run(['run'])).exit).toBe(1);
    expect(await rig.run(['attach'])).toEqual(await rig.run(['replay']));
    // As if its directory were shared, and its process on another host.
    const [first = '', ...rest] = readFileSync(eventsOf(rig), 'utf8').split('\n');
    const host = /"bootId":"[^"]*","host":"[^"]*"/;
    const another = '"bootId":"another","host":"elsewhere"';
    rig.write('results/latest/events.jsonl', `${first.replace(host, another)}\n`);
    const attached = rig.start(['attach']);
    await attached.printed('it runs on elsewhere, and only there can be told whether it still lives');
    // Here its last records come by another way than a write.
    rig.write('whole', [first.replace(host, another), ...rest].join('\n'));
    renameSync(path.join(rig.directory, 'whole'), eventsOf(rig));
    expect((await attached.finished).exit).toBe(1);
  });

  test('a log that is taken away is told', async () => {
    await using held = await heldLab(1);
    const { rig, gate } = held;
    const running = rig.start(['run']);
    const run = await gate.arrival();
    const attached = rig.start(['attach']);
    await attached.printed('ends the watching');
    renameSync(eventsOf(rig), path.join(rig.directory, 'elsewhere'));
    const { exit, stderr } = await attached.finished;
    expect(stderr).toContain('was taken away');
    expect(exit).toBe(4);
    run.release(0);
    await running.finished;
  });

  test('in a terminal: the tree as it is now, and the terminal in order when it is left', async () => {
    await using held = await heldLab(2, 'board');
    const { rig, gate } = held;
    const running = rig.start(['run']);
    const run = await gate.arrival();
    const command = `${process.execPath} ${path.join(root, 'bin/testbed')} attach --results ${rig.directory}/results`;
    using terminal = new Terminal(command, { columns: 80, rows: 24 });
    await terminal.until((screen) => screen.some((line) => /^ {2}❯ v0 test \d/.test(line)));
    const screen = await terminal.until((lines) => lines.some((line) => line.includes('ends the watching')));
    expect(screen.join('\n')).toContain('[P:0|F:0|A:0|R:1|T:1]');
    terminal.press('\u0003');
    const left = await terminal.until((lines) => lines.includes('exit 130'));
    expect(left.join('\n')).toContain('no longer watched');
    expect(terminal.cursorVisible).toBe(true);
    run.release(0);
    (await gate.arrival()).release(0);
    expect((await running.finished).exit).toBe(0);
  });
});
