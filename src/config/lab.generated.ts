// Generated from schema/ by "npm run generate"; do not edit.

type SomeText = string;
type Identifier = string;
/**
 * What it has besides the features of its board.
 */
type Features = Identifier[];
type Text = string;
export type Fault =
  Vanish | ReEnumerate | Hang | Babble | Slow | Drop | WrongVersion | NoBoot | FullFilesystem;
type Duration = string;
/**
 * What every tentacle with this board has. Default: [mcu].
 */
type Features1 = Identifier[];
/**
 * Globs over board and variant, joined as RPI_PICO2-RISCV. Default: all.
 */
type Globs = SomeText[];
/**
 * Globs over names or labels of specs. Default: all.
 */
type Globs1 = SomeText[];
/**
 * What is known to fail in this lab.
 */
type Expectations = Expectation[];

/**
 * A lab file of testbed: what is on one bench. testbed.local.yaml beside it is laid over it. See docs/design/config.md.
 */
export interface LabFile {
  /**
   * The name of this lab; stands in logs and reports, and in the keys of leases.
   */
  lab: string;
  /**
   * What is tested here: the name of a plan that testbed ships, the path of a plan file, or an npm package that brings one.
   */
  plans?: SomeText[];
  /**
   * The interpreter that ${python} stands for, and that makes expected output where a test has no .exp. Default: python3.
   */
  python?: string;
  /**
   * The board that is preferred as the partner in runs with several roles. No tentacle here needs to have it.
   */
  reference?: string;
  /**
   * The name of the source that firmware is built from.
   */
  firmware?: string;
  /**
   * Where tests and firmware come from, by the name that plans use: a git URL, with @ref, ~PR or ~PR@ref behind it, or a directory that starts with / . or ~/
   */
  sources?: {
    [k: string]: SomeText;
  };
  /**
   * The boards on the bench, by the id on the label. {} is a lab that only tests on the host.
   */
  tentacles?: {
    [k: string]: Tentacle;
  };
  boards?: Boards;
  expect?: Expectations;
  /**
   * The directory of leases, ledger and health; labs on one host share it. Default: testbed/ in the XDG state directory.
   */
  state?: string;
  /**
   * Values of ${secret.NAME}. Only in testbed.local.yaml, which does not belong in git.
   */
  secrets?: {
    [k: string]: Text;
  };
}
/**
 * One board on the bench with the hardware that powers and resets it.
 */
export interface Tentacle {
  /**
   * The model: from the shipped catalogue (testbed list boards), or from boards: below.
   */
  board: string;
  /**
   * How it is told from its twins, whatever port it gets.
   */
  usb?: {
    /**
     * The serial number of the board on USB.
     */
    serial?: string;
    /**
     * Where it is plugged in: bus and ports, as in /sys/bus/usb/devices.
     */
    location?: string;
  };
  /**
   * Its device file, where usb: can not tell it: /dev/serial/by-id/…, or a0 for /dev/ttyACM0, u0 for /dev/ttyUSB0.
   */
  port?: string;
  features?: Features;
  /**
   * Which relays are closed for runs that need a feature.
   */
  relays?: {
    [k: string]: number[];
  };
  /**
   * How its pins are connected: the name of a file in MicroPython's tests/target_wiring.
   */
  wiring?: string;
  /**
   * Whatever you want to select by: --only tag:tier=1.
   */
  tags?: {
    [k: string]: Text;
  };
  /**
   * What switches its power.
   */
  power?: {
    /**
     * A port of a USB hub that can switch it.
     */
    uhubctl?: {
      /**
       * Of the hub, as uhubctl prints it.
       */
      location: string;
      /**
       * Of the hub, from 1.
       */
      port: number;
    };
  };
  /**
   * Why it serves nobody for now.
   */
  disabled?: string;
  /**
   * How a virtual tentacle misbehaves, to see what your plan and testbed make of it.
   */
  faults?: Fault[];
}
/**
 * The device file goes away so long after power on, and stays away until the next power on.
 */
interface Vanish {
  kind: 'vanish';
  after: Duration;
}
/**
 * The device goes away for a while and comes back under another path.
 */
interface ReEnumerate {
  kind: 're-enumerate';
  after: Duration;
  for: Duration;
}
/**
 * The interpreter stops answering so long after power on; only a power cycle helps.
 */
interface Hang {
  kind: 'hang';
  after: Duration;
}
/**
 * Text that nobody asked for appears on the line, again and again.
 */
interface Babble {
  kind: 'babble';
  text: Text;
  every: Duration;
}
/**
 * Each answer is held back.
 */
interface Slow {
  kind: 'slow';
  delay: Duration;
}
/**
 * One byte in so many from the board is lost.
 */
interface Drop {
  kind: 'drop';
  'one-in': number;
}
/**
 * It says that it runs another firmware than what was flashed.
 */
interface WrongVersion {
  kind: 'wrong-version';
  version: SomeText;
}
/**
 * It does not boot the next so many times.
 */
interface NoBoot {
  kind: 'no-boot';
  times: number;
}
/**
 * Every write to its filesystem fails with ENOSPC.
 */
interface FullFilesystem {
  kind: 'full-filesystem';
}
/**
 * Board models by name. An entry replaces the whole entry of the same name in the shipped catalogue plans/boards.yaml.
 */
interface Boards {
  [k: string]: Board;
}
interface Board {
  /**
   * The MicroPython port: a folder of ports/.
   */
  port: string;
  /**
   * The microcontroller, as in the board's board.json.
   */
  mcu: string;
  /**
   * serial: a board on a serial port. virtual: MicroPython in WebAssembly behind a pty.
   */
  driver?: 'serial' | 'virtual';
  /**
   * Firmware flavours; "" is the default variant. Default: just that one.
   *
   * @minItems 1
   */
  variants?: [string, ...string[]];
  features?: Features1;
  /**
   * The tool that puts firmware on it.
   */
  programmer?: string;
  /**
   * USB ids vid:pid in hexadecimal, in each of its modes.
   */
  usb?: {
    /**
     * While MicroPython runs.
     */
    application?: string;
    /**
     * While its boot loader waits for firmware.
     */
    boot?: string;
  };
  /**
   * How long a phase may take on this board.
   */
  limits?: {
    /**
     * Until its port is there. Default: 10s.
     */
    power?: string;
    /**
     * Default: 60s.
     */
    flash?: string;
    /**
     * Until the REPL said which board and firmware it is. Default: 10s.
     */
    verify?: string;
    /**
     * Until what a spec needs is there. Default: 2m.
     */
    setup?: string;
    /**
     * Default: 20s.
     */
    teardown?: string;
  };
  /**
   * Arguments of run-perfbench.py: CPU MHz and heap kB. Default: [100, 100].
   *
   * @minItems 2
   * @maxItems 2
   */
  perfbench?: [number, number];
}
/**
 * An excuse, with its reason. A test that passes although it is excused is reported loudly.
 */
interface Expectation {
  /**
   * Glob over the paths of tests.
   */
  test: string;
  boards?: Globs;
  specs?: Globs1;
  /**
   * What it excuses.
   */
  verdict?: 'fail' | 'error' | 'skip';
  /**
   * Why this is known; stands in every report.
   */
  reason: string;
  /**
   * Where it is followed up.
   */
  link?: string;
  /**
   * The last day on which it excuses. After that the test fails again, and testbed says that the entry has expired.
   */
  until?: string;
}
