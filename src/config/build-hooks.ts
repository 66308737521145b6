import type { Hook } from '../model/hook.ts';
import { durationOf } from './duration.ts';
import { absolute } from './env-text.ts';
import type { Hook as WrittenHook } from './lab.generated.ts';
import { textAt, type Located } from './located.ts';

const TIMEOUT_MS = 30_000;

/** The hooks of a lab file without a fault, with everything that was left out filled in. */
export function buildHooks(
  written: Readonly<Record<string, WrittenHook>>,
  root: Located,
  directory: string,
): Hook[] {
  return Object.entries(written).map(([name, { on, when, command, timeout, env }]) => {
    const cwd = textAt(root, 'hooks', name, 'cwd');
    const { verdict, exit } = when ?? {};
    return {
      name,
      on,
      when: { ...(verdict === undefined ? {} : { verdict }), ...(exit === undefined ? {} : { exit }) },
      command,
      timeoutMs: timeout === undefined ? TIMEOUT_MS : durationOf(timeout),
      env: { ...env },
      cwd: cwd === undefined ? directory : cwd.text.startsWith('${') ? cwd.text : absolute(cwd.text, cwd),
    };
  });
}
