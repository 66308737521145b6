import path from 'node:path';
import type { HeldLease } from '../../labstate/lease.ts';
import { describeHolder } from '../../labstate/describe.ts';
import { isClaim } from '../../labstate/session-claims.ts';
import type { TentacleId } from '../../model/ids.ts';
import type { Lab } from '../../model/lab.ts';
import { defineCommand, type CommandInput, type Io } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { liveSessions, recordedSessions, type LiveSession } from '../live-sessions.ts';
import { resultsDirectory } from '../open-session.ts';
import { formatOption, labOptions, resultsOption } from '../options.ts';
import { leasesOf } from '../held-tentacles.ts';
import { placeOf, statusOf } from '../runner/find.ts';
import { livingRunners } from '../runner/place.ts';
import type { RunnerStatus } from '../runner/protocol.ts';

const options = {
  config: labOptions.config,
  ...resultsOption,
  all: {
    type: 'boolean',
    short: 'a',
    help: 'also sessions that keep their results elsewhere, of every lab with this state directory',
  },
  ...formatOption,
} as const;

/** `testbed ps`: runners, sessions that run now, what each does, who holds which tentacle, and who waits for what. */
export const command = defineCommand({
  name: 'ps',
  examples: ['testbed ps', 'testbed ps --all --format json'],
  options,
  run,
});

/** A tentacle that somebody holds, as `--format json` gives it. */
interface HeldTentacle {
  /** Null: no lab here has it. */
  readonly tentacle: TentacleId | null;
  readonly key: string;
  readonly lease: HeldLease;
}

async function run({ options: given, io }: CommandInput<typeof options>): Promise<number> {
  const { lab, state } = await benchOf(given, io);
  const results = await resultsDirectory(given, io);
  const records = recordedSessions([state]);
  const here = await liveSessions(results, given.all ? records : new Map());
  const sessions = here.sessions.map((each) => ({
    ...each,
    user: each.user ?? records.get(each.session)?.holder.user ?? null,
  }));
  const labs = [...(lab === undefined ? [] : [lab]), ...here.labs];
  const held = heldTentacles(labs, state, { all: given.all, io });
  const runners = await runnersOf(given, io);
  if (given.format === 'json') {
    const tentacles = held.map(({ lease: { holder, liveness }, tentacle, key }) => {
      const { pid, host, user, since, command: line } = holder;
      return { tentacle, key, liveness, pid, host, user, since, command: line };
    });
    io.stdout.write(`${JSON.stringify({ runners, sessions, tentacles }, null, 2)}\n`);
    return EXIT.ok;
  }
  const { psText } = await import('../ps-text.ts');
  const rows = held.map(({ tentacle, key, lease }) => ({
    tentacle: tentacle ?? key,
    lease: describeHolder(lease),
  }));
  const columns = io.stdout.isTTY ? io.stdout.columns : undefined;
  const { statusText } = await import('../runner/status-text.ts');
  for (const runner of runners) io.stdout.write(`${statusText(runner, columns)}\n`);
  io.stdout.write(psText(sessions, rows, columns));
  tellRest(sessions, records, { results, all: given.all, io });
  return EXIT.ok;
}

/** The runner of the lab, or all of this user, as far as they answer. */
async function runnersOf(
  given: { readonly config: string | undefined; readonly all: boolean },
  io: Io,
): Promise<RunnerStatus[]> {
  const own = await placeOf(given, io);
  const places = given.all ? [...livingRunners(io.env).values()] : own === undefined ? [] : [own];
  const answers = await Promise.all(places.map(async (place) => await statusOf(place)));
  return answers.filter((answer) => answer !== undefined);
}

/** The lab, if there is one without a fault, and where its leases are. What runs is told whatever stands in the file now. */
async function benchOf(
  { config }: { readonly config: string | undefined },
  io: Io,
): Promise<{ readonly lab?: Lab; readonly state: string }> {
  const [{ loadLab }, { findLabFile }, { defaultStateDirectory }] = await Promise.all([
    import('../../config/load.ts'),
    import('../../config/find.ts'),
    import('../../config/build-bench.ts'),
  ]);
  const file = config === undefined ? await findLabFile(io.cwd) : path.resolve(io.cwd, config);
  if (file === undefined) return { state: defaultStateDirectory(io.env) };
  const loaded = await loadLab({ cwd: io.cwd, env: io.env, file });
  if (loaded.ok) return { lab: loaded.lab, state: loaded.lab.stateDirectory };
  const { stateOfFaulty } = await import('../../config/state-of-faulty.ts');
  const said = await stateOfFaulty(file, io.env);
  const state = said ?? defaultStateDirectory(io.env);
  const where =
    said === undefined ? `, and its "state:" can not be read, so this is what ${state} knows` : '';
  io.stderr.write(
    `testbed: the lab file has faults ("testbed check" tells them); its tentacles are not known here${where}.\n`,
  );
  return { state };
}

/** Of the labs' tentacles; with `all` whatever else is held in their state directories. */
function heldTentacles(
  labs: readonly Lab[],
  state: string,
  { all, io }: { readonly all: boolean; readonly io: Io },
): HeldTentacle[] {
  const names = new Map(labs.flatMap(({ tentacles }) => tentacles.map(({ id, leaseKey }) => [leaseKey, id])));
  const states = new Set([state, ...labs.map(({ stateDirectory }) => stateDirectory)]);
  return [...states]
    .flatMap((directory) => [...leasesOf(directory, (sentence) => io.stderr.write(`testbed: ${sentence}\n`))])
    .filter(([key]) => names.has(key) || (all && !isClaim(key)))
    .map(([key, lease]) => ({ tentacle: names.get(key) ?? null, key, lease }));
}

/** That nothing runs, or that more does. */
function tellRest(
  sessions: readonly LiveSession[],
  records: ReturnType<typeof recordedSessions>,
  { results, all, io }: { readonly results: string; readonly all: boolean; readonly io: Io },
): void {
  const shown = new Set(sessions.map(({ session }) => session));
  const more = all
    ? 0
    : [...records].filter(([id, { liveness }]) => liveness === 'alive' && !shown.has(id)).length;
  if (sessions.length === 0) io.stderr.write(`testbed: no session of ${results} runs now.\n`);
  if (more > 0)
    io.stderr.write(
      `testbed: ${more === 1 ? 'a session' : `${more} sessions`} with results elsewhere: testbed ps --all\n`,
    );
}
