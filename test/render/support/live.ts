import { Writable } from 'node:stream';
import { SessionShow, type SessionShowOptions } from '../../../src/render/session-show.ts';
import { RENDERERS, type RendererName } from '../../../src/render/renderer-choice.ts';
import type { RecordedSession } from './session.ts';

/** A stream that keeps what it is given. */
export class Kept extends Writable {
  text = '';

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** The choice of one renderer on its own stream. */
export function screen(name: RendererName): Pick<SessionShowOptions, 'renderers'> {
  const to = RENDERERS[name].to ?? 'stdout';
  return { renderers: [{ name, place: { kind: to } }] };
}

/** Shows a session as `testbed run` does while it happens; gives what it printed and its exit code. */
export async function showLive(
  session: RecordedSession,
  { cwd, directory }: Pick<SessionShowOptions, 'cwd' | 'directory'>,
  options: Partial<SessionShowOptions> = {},
): Promise<{ stdout: string; stderr: string; exit: number }> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const show = await SessionShow.open({
    stdout,
    stderr,
    env: {},
    colors: false,
    mode: 'live',
    cwd,
    directory,
    ...options,
  });
  const { lines } = session;
  for (const [index, event] of session.events.entries()) {
    show.overlord.apply(event);
    show.apply(lines[index] ?? '', event);
  }
  const exit = await show.close();
  return { stdout: stdout.text, stderr: stderr.text, exit };
}
