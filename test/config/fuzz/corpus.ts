import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..', '..');

/** A lab that is right: its files by name, and which of them is mutated. */
export interface Sample {
  readonly files: Readonly<Record<string, string>>;
  readonly mutated: string;
}

const example = readFileSync(path.join(root, 'testbed.yaml.example'), 'utf8');

/** The example with its comments taken for what they show. */
const uncommented = example
  .replaceAll(/^( *)# ((?: *- | *)[a-z0-9]+:(?: .*)?)$/gm, '$1$2')
  .replaceAll(/^ *# .*\n/gm, '')
  .replace(/^plans: .*\n(?=plans:)/m, '')
  .replace('https://github.com/micropython/micropython.git@master', '.')
  // Reading the longest plan again for each file would take most of the time.
  .replace('smoke, micropython, ./plans/our-own.yaml', 'smoke, ./plan.yaml');

const BENCH = `lab: ch_hans_1
plans: [./plan.yaml]
python: \${env.PYTHON}
firmware: micropython
sources: { micropython: ., other: https://github.com/o/r.git~17782@v1.25.0 }
tentacles:
  2731: &pico
    board: RPI_PICO2
    usb: { serial: e46340474b4c2731, location: 3-1.4.3 }
    features: [extmod_hardware]
    relays: { extmod_hardware: [2, 3] }
    wiring: rp2
    tags: &tags { tier: 1, room: "0.10" }
    power: { uhubctl: { location: 3-1.4, port: 3 } }
  0815: { <<: *pico, usb: { serial: e463 }, tags: *tags }
  u7: { board: ESP32_GENERIC, port: /dev/ttyUSB7 }
  old1: { board: PYBV11, disabled: bent connector }
`;

const BOARDS = `lab: x
reference: RPI_PICO_W
plans: [./plan.yaml]
sources:
  micropython: .
tentacles:
  our1: { board: OUR_BOARD, port: a0 }
  v0:
    board: VIRTUAL
    faults:
      - { kind: babble, text: "\\u2620 hello", every: 500ms }
      - kind: drop
        one-in: 7
boards:
  OUR_BOARD: { port: rp2, mcu: rp2350, driver: serial, variants: ["", RISCV], features: [mcu, wlan], programmer: picotool, usb: { application: 2e8a:0005, boot: 2e8a:000f }, limits: &limits { flash: 90s, setup: 1m30s } }
  SECOND: { port: stm32, mcu: stm32f405, limits: *limits }
specs:
  standard: { timeout: 90m }
state: ./state
`;

const EXPECT = `lab: x
plans: [./plan.yaml]
sources: { micropython: . }
tentacles: { our1: { board: RPI_PICO, port: a0 } }
expect:
  - { test: "extmod/*.py", boards: ["RPI_*", VIRTUAL], specs: [SMALL], reason: broken, until: 2999-12-31 }
  - test: basics/a.py
    reason: >-
      two lines
      of reason
`;

/** Read again for each lab file that is mutated, and long enough for what a lab file says about specs. */
const SMALL_PLAN = `plan: small
specs:
  standard: { label: SMALL, help: x, roles: { dut: { feature: mcu } }, timeout: 1m, command: [x, "\${source.micropython}"], results: tap }
`;

const PAIR = `plan: our-own
specs:
  multinet: &base
    label: MULTINET
    help: |
      Two boards talk to each other.
    roles: { instance0: { feature: wlan }, instance1: &role { feature: wlan } }
    cover: each-role
    priority: 3
    timeout: 6m
    silence: 60s
    needs: [filesystem, unittest]
    uses: { host-port-8000: exclusive, air: shared }
    env: { WLAN_SSID: "\${env.WLAN_SSID}", PASS: "\${secret.WLAN_PASS}" }
    cwd: \${source.micropython}/tests
    files: multi_net/*.py
    command: [python3, "--dir=\${run.dir}", "port:\${instance0.port}", "port:\${instance1.port}", "\${tests}"]
    results: micropython
  one: { <<: *base, label: ONE, roles: { dut: *role }, command: [x, "\${dut.port}", "$\${HOME}", "\${dut.tag.tier}", "\${tests}"] }
`;

const HOST = `plan: our-own
extends: [./base.yaml]
specs:
  host: { label: HOST, help: No board., timeout: 1m, command: [sh, -c, "echo \${lab} \${python}"], results: exit-code, grace: 5s, estimate: 4m, retries: 1 }
  standard: { timeout: 2m }
boards:
  THIRD: { port: rp2, mcu: rp2040 }
expect:
  - { test: a*, reason: b, specs: [host] }
`;

const RESULTS = `plan: results
specs:
  listed: { label: LISTED, help: What ls prints., timeout: 1m, list: [ls], command: [cat, "\${tests}"], results: tap }
  junit:
    label: JUNIT
    help: 'It''s from JUnit.'
    timeout: 10s
    command:
      - make
      - check
    results: junit
`;

const OVERLAY = `python: /usr/bin/python3
secrets: { WLAN_PASS: geheim, 'other': &secret "two words" }
tentacles:
  v0: ~
  v1: { board: VIRTUAL, tags: { tier: 2 } }
sources:
  micropython: ./somewhere
`;

/** By name. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  example: { files: { 'testbed.yaml': example }, mutated: 'testbed.yaml' },
  uncommented: {
    files: {
      'testbed.yaml': uncommented,
      'plan.yaml': 'plan: own\nstages: { broker: { command: [broker], ready: { line: up } } }\n',
    },
    mutated: 'testbed.yaml',
  },
  bench: { files: { 'testbed.yaml': BENCH, 'plan.yaml': SMALL_PLAN }, mutated: 'testbed.yaml' },
  boards: { files: { 'testbed.yaml': BOARDS, 'plan.yaml': SMALL_PLAN }, mutated: 'testbed.yaml' },
  expect: { files: { 'testbed.yaml': EXPECT, 'plan.yaml': SMALL_PLAN }, mutated: 'testbed.yaml' },
  results: { files: { 'testbed.yaml': oneBoard('./plan.yaml'), 'plan.yaml': RESULTS }, mutated: 'plan.yaml' },
  pair: { files: { 'testbed.yaml': oneBoard('./plan.yaml'), 'plan.yaml': PAIR }, mutated: 'plan.yaml' },
  host: {
    files: { 'testbed.yaml': oneBoard('./plan.yaml'), 'plan.yaml': HOST, 'base.yaml': SMALL_PLAN },
    mutated: 'plan.yaml',
  },
  overlay: {
    files: {
      'testbed.yaml': oneBoard('./plan.yaml'),
      'plan.yaml': SMALL_PLAN,
      'testbed.local.yaml': OVERLAY,
    },
    mutated: 'testbed.local.yaml',
  },
  json: {
    files: {
      'testbed.yaml': JSON.stringify({ lab: 'x', plans: ['./plan.yaml'], tentacles: {} }, null, 2),
      'plan.yaml': 'plan: own\n',
    },
    mutated: 'testbed.yaml',
  },
  smoke: {
    files: { 'testbed.yaml': oneBoard('./smoke.yaml'), 'smoke.yaml': shipped('smoke') },
    mutated: 'smoke.yaml',
  },
  micropython: {
    files: { 'testbed.yaml': oneBoard('./mp.yaml'), 'mp.yaml': shipped('micropython') },
    mutated: 'mp.yaml',
  },
};

function oneBoard(plan: string): string {
  return `lab: x\nplans: [${plan}]\nsources: { micropython: . }\ntentacles: { v0: { board: VIRTUAL } }\n`;
}

function shipped(name: string): string {
  return readFileSync(path.join(root, 'plans', `${name}.yaml`), 'utf8').replaceAll(/^ *#.*\n+/gm, '');
}
