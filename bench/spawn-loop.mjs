// The floor: the least that a Node runner can do for a test is to spawn it with pipes and read them. argv: N, command.
import { spawn } from 'node:child_process';

const [count, ...command] = process.argv.slice(2);
for (let i = 0; i < Number(count); i++)
  await new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.resume();
    child.stderr.resume();
    child.on('close', resolve);
  });
