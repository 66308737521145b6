import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';

/** A session's directory that was found, or why not: `message` says what, `hint` what to do. */
export type FoundSession =
  | { readonly ok: true; readonly id: string; readonly directory: string; readonly eventsFile: string }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

const SESSION = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[0-9a-f]{4}$/;

/**
 * Finds a session: by name, by the beginning of a name, by `latest` (also when absent), or by a path to its directory
 * or its `events.jsonl`, relative to `cwd`.
 */
export function findSession(results: string, wanted: string | undefined, cwd: string): FoundSession {
  if (wanted !== undefined && (wanted.includes('/') || wanted === '.'))
    return byPath(path.resolve(cwd, wanted));
  const names = sessionNames(results);
  if (names.length === 0)
    return {
      ok: false,
      message: `there is no session in ${results} yet.`,
      hint: 'Make one with "testbed run", or say where they are with --results DIR.',
    };
  if (wanted === undefined || wanted === 'latest') return found(results, latestOf(results, names));
  const matching = names.includes(wanted) ? [wanted] : names.filter((name) => name.startsWith(wanted));
  const [name, ...others] = matching;
  if (name === undefined)
    return existsSync(path.resolve(cwd, wanted))
      ? byPath(path.resolve(cwd, wanted))
      : {
          ok: false,
          message: `there is no session "${wanted}" in ${results}.`,
          hint: `The newest are ${names.slice(-3).toReversed().join(', ')}.`,
        };
  if (others.length > 0)
    return {
      ok: false,
      message: `"${wanted}" could be ${matching.length} sessions.`,
      hint: `Say more of its name: ${matching.slice(-5).join(', ')}.`,
    };
  return found(results, name);
}

/** The names of all sessions in a directory, oldest first; empty when there is no such directory. */
export function sessionNames(results: string): string[] {
  try {
    return readdirSync(results)
      .filter((name) => SESSION.test(name))
      .toSorted();
  } catch {
    return [];
  }
}

/** What `latest` points to; the newest by name where the link is missing or leads nowhere. */
function latestOf(results: string, names: readonly string[]): string {
  const newest = names.at(-1) ?? '';
  try {
    const target = path.basename(readlinkSync(path.join(results, 'latest')));
    return names.includes(target) ? target : newest;
  } catch {
    return newest;
  }
}

function found(results: string, id: string): FoundSession {
  const directory = path.join(results, id);
  return withEvents(id, directory, path.join(directory, 'events.jsonl'));
}

function byPath(target: string): FoundSession {
  const isDirectory = statSync(target, { throwIfNoEntry: false })?.isDirectory();
  if (isDirectory === undefined)
    return {
      ok: false,
      message: `there is no ${target}.`,
      hint: 'Name a session, or the path of its directory.',
    };
  const directory = isDirectory ? target : path.dirname(target);
  return withEvents(
    path.basename(directory),
    directory,
    isDirectory ? path.join(target, 'events.jsonl') : target,
  );
}

function withEvents(id: string, directory: string, eventsFile: string): FoundSession {
  if (existsSync(eventsFile)) return { ok: true, id, directory, eventsFile };
  return {
    ok: false,
    message: `${directory} holds no events.jsonl.`,
    hint: 'It is not the directory of a session, or the session was ended before it began.',
  };
}

/** A run of a session that was found, or why not. */
export type FoundRun =
  | { readonly ok: true; readonly id: string; readonly directory: string }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

/** Finds the directory of a run in a session's directory: by its id, or by the beginning of it if only one fits. */
export function sessionRun(directory: string, wanted: string): FoundRun {
  const runs = path.join(directory, 'runs');
  const exact = path.join(runs, wanted);
  if (wanted !== '' && !wanted.includes('..') && existsSync(exact))
    return { ok: true, id: wanted, directory: exact };
  let names: string[] = [];
  try {
    names = readdirSync(runs).toSorted();
  } catch {
    return { ok: false, message: 'no runs.' };
  }
  const fitting = names.filter((name) => name.startsWith(wanted));
  const [id] = fitting;
  if (id !== undefined && fitting.length === 1) return { ok: true, id, directory: path.join(runs, id) };
  const some = (fitting.length > 0 ? fitting : names).slice(0, 5).join(', ');
  return {
    ok: false,
    message:
      fitting.length === 0 ? `no run "${wanted}".` : `${fitting.length} runs that begin with "${wanted}".`,
    hint: fitting.length === 0 ? `It has ${names.length}, such as ${some}.` : `Say more of its id: ${some}.`,
  };
}
