import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { Rig, root } from '../support/rig.ts';
import { nothingStays } from './support.ts';

/** Talks to the board on its first argument without any library: raw REPL, one line, and fails as the board does. */
const TALK = `import os, select, sys, termios, tty
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
tty.setraw(fd)
os.write(fd, b"\\x03\\x01print(6 * 7)\\x04")
seen = b""
while b"42" not in seen:
    if not select.select([fd], [], [], 20)[0]: sys.exit("no answer: " + repr(seen))
    seen += os.read(fd, 1000)
sys.exit("the board says 42, and " + os.environ["WANTED"] + " was wanted")
`;

test('what the end says for a run on a virtual board works when it is pasted, by hand and again', async () => {
  await using rig = new Rig();
  rig.write('talk.py', TALK);
  rig.lab('plans: [./own.yaml]\ntentacles:\n  v0: { board: VIRTUAL }\n');
  rig.write(
    'own.yaml',
    `plan: own\nspecs:\n  talk: { label: TALK, help: asks the board, timeout: 1m, cover: once, roles: { dut: { feature: mcu } }, env: { WANTED: "43" }, command: [python3, talk.py, "\${dut.port}"], results: exit-code }\n`,
  );
  const run = await rig.run(['run', '-c', 'testbed.yaml', '--only', "talk:--loud 'x y'"]);
  expect(run.exit).toBe(1);
  const line = (name: string): string =>
    new RegExp(`^    ${name} +(.*)$`, 'm').exec(run.stderr)?.[1] ?? expect.fail(`no ${name}:\n${run.stderr}`);

  const server = spawn('sh', ['-c', paste(line('first'))], { cwd: rig.directory, env: environment(rig) });
  const [served] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  expect(served).toMatch(/^v0 {2}\/.*\/tty$/);
  const byHand = promisify(execFile)('sh', ['-c', line('by hand')]);
  await expect(byHand).rejects.toMatchObject({
    code: 1,
    stderr: 'the board says 42, and 43 was wanted\n',
    cmd: expect.stringContaining("--loud 'x y'"),
  });
  server.kill('SIGTERM');
  await once(server, 'close');
  await nothingStays(rig);

  const again = promisify(execFile)('sh', ['-c', paste(line('again'))], {
    cwd: rig.directory,
    env: environment(rig),
  });
  await expect(again).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("--loud 'x y'") });
});

/** `testbed` is in nobody's PATH here. */
function paste(line: string): string {
  const bin = [process.execPath, path.join(root, 'bin', 'testbed')].map((part) => `'${part}'`).join(' ');
  return line.replace(/^testbed/, `exec ${bin}`);
}

function environment(rig: Rig): NodeJS.ProcessEnv {
  return { ...process.env, TESTBED_RIG: rig.directory, NO_COLOR: '1' };
}
