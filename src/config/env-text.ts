import os from 'node:os';
import path from 'node:path';
import type { TextNode } from './located.ts';

/** A text of the lab file with `${env.NAME}` replaced; an unset one stays, and is told as a fault elsewhere. */
export function expandEnv(text: string, env: NodeJS.ProcessEnv): string {
  return text.replaceAll(/\$\{env\.(\w+)\}/g, (written, name: string) => env[name] ?? written);
}

/** A path of a file, made absolute: `~/` is the user's home, else it is relative to the file that it stands in. */
export function absolute(text: string, { spot }: Pick<TextNode, 'spot'>): string {
  return absoluteFrom(text, path.dirname(spot.source.file));
}

/** A path, relative to a directory or to the user's home. */
export function absoluteFrom(text: string, directory: string): string {
  return path.resolve(directory, text.replace(/^~(?=\/|$)/, os.homedir()));
}
