import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Need } from '../../model/plan.ts';
import type { Repl } from '../../serial/repl.ts';
import { unreachable } from '../../util/unreachable.ts';
import type { RunContext } from '../context.ts';
import type { StepEnd } from '../phases.ts';
import type { Templates } from '../templates.ts';
import { testFiles } from '../test-files.ts';
import { nameOf, openRepl, type Place } from './place.ts';

/** Setup: what the spec needs of a board is there, or is made; else the run is a skip that says what is missing. */
export async function prepare(
  context: RunContext,
  place: Place,
  templates: Templates,
  signal: AbortSignal,
): Promise<StepEnd> {
  const repl = openRepl(place);
  for (const need of context.job.spec.needs) {
    const missing = await provide(need, { context, place, repl, templates, signal });
    if (missing !== undefined) {
      return { kind: 'precondition-missing', reason: `On ${nameOf(place)}, ${missing}` };
    }
    if (need !== 'mpy') continue;
    const reason = unbuiltCrossCompiler(context, templates);
    if (reason !== undefined) return { kind: 'phase-failed', cause: 'build-failed', reason };
  }
  return 'done';
}

interface Provision {
  readonly context: RunContext;
  readonly place: Place;
  readonly repl: Repl;
  readonly templates: Templates;
  readonly signal: AbortSignal;
}

/** What is missing, as the end of a sentence; undefined when the need is met. */
async function provide(need: Need, provision: Provision): Promise<string | undefined> {
  switch (need) {
    case 'filesystem':
      return unless(provision, WRITE_A_FILE, (why) => `there is no filesystem that can be written: ${why}.`);
    case 'unittest':
      return unless(
        provision,
        'import unittest',
        () =>
          `there is no module unittest; get it with: mpremote connect ${provision.place.port} mip install unittest`,
      );
    case 'native':
      return unless(
        provision,
        'exec("@micropython.native\\ndef f(): pass\\nf()", {"micropython": __import__("micropython")})',
        () => 'the firmware was built without the native emitter.',
      );
    case 'mpy':
      return unless(
        provision,
        'import sys\nsys.implementation._mpy',
        () => 'the firmware can not load .mpy files.',
      );
    case 'wlan':
      return connectWlan(provision);
    case 'certificates':
      return putCertificates(provision);
    case 'clock':
      return unless(provision, setClock(new Date()), (why) => `the clock can not be set: ${why}.`);
    default:
      return unreachable(need);
  }
}

/** Upstream's runners compile with what `MICROPY_MPYCROSS` names, else with their own checkout's, and end in a traceback without. */
function unbuiltCrossCompiler({ job, setup }: RunContext, { cwd, env }: Templates): string | undefined {
  const checkout = dirname(cwd);
  const { MICROPY_MPYCROSS: named = setup.env['MICROPY_MPYCROSS'] } = env;
  if (job.spec.command === undefined || !existsSync(join(checkout, 'mpy-cross', 'Makefile')))
    return undefined;
  const program = named ?? join(checkout, 'mpy-cross', 'build', 'mpy-cross');
  if (existsSync(program)) return undefined;
  return named === undefined
    ? `mpy-cross is not built: there is no ${program}; build it with: make -C ${join(checkout, 'mpy-cross')}`
    : `There is no mpy-cross at ${program}, which MICROPY_MPYCROSS names.`;
}

async function unless(
  { place, repl, signal }: Provision,
  code: string,
  say: (why: string) => string,
): Promise<string | undefined> {
  const { stderr } = await repl.exec(code, { limitMs: place.binding.board.limits.setupMs, signal });
  if (stderr.length === 0) return undefined;
  return say(stderr.toString().trimEnd().split('\n').at(-1)?.trim() ?? '');
}

const WRITE_A_FILE = `
import os
with open("testbed.tmp", "w") as f:
    f.write("x" * 64)
os.remove("testbed.tmp")
`;

function setClock(now: Date): string {
  const date = [now.getUTCFullYear(), now.getUTCMonth() + 1, now.getUTCDate(), (now.getUTCDay() + 6) % 7];
  const time = [now.getUTCHours(), now.getUTCMinutes(), now.getUTCSeconds(), 0];
  return `import machine\nmachine.RTC().datetime((${[...date, ...time].join(', ')}))`;
}

/** Joins the network that the spec's environment names, if it names one; else a WLAN interface is enough. */
async function connectWlan(provision: Provision): Promise<string | undefined> {
  const { WLAN_SSID: ssid, WLAN_PASS: pass = '' } = provision.templates.env;
  const missing = await unless(provision, 'import network\nnetwork.WLAN', () => 'the firmware has no WLAN.');
  if (missing !== undefined || ssid === undefined) return missing;
  const joining = `
import network, time
nic = network.WLAN(network.STA_IF)
nic.active(True)
if not nic.isconnected():
    nic.connect(${JSON.stringify(ssid)}, ${JSON.stringify(pass)})
for _ in range(200):
    if nic.isconnected(): break
    time.sleep_ms(100)
else:
    raise OSError("no connection within 20 s")
`;
  return unless(provision, joining, (why) => `the WLAN "${ssid}" can not be joined: ${why}.`);
}

/** Upstream's TLS tests read certificates and keys from the root of the board's filesystem. */
async function putCertificates({
  context,
  place,
  repl,
  templates,
  signal,
}: Provision): Promise<string | undefined> {
  const { files } = context.job.spec;
  const directory = files === undefined ? templates.cwd : join(templates.cwd, dirname(templates.text(files)));
  const names = [...testFiles(directory, '*.der'), ...testFiles(directory, '*.pem')];
  if (names.length === 0) return `there are no certificates to put: no *.der or *.pem in ${directory}.`;
  const limits = { limitMs: place.binding.board.limits.setupMs, signal };
  for (const name of names) await repl.putFile(name, await readFile(join(directory, name)), limits);
  return undefined;
}
