// Generated from schema/ by "npm run generate"; do not edit.

/**
 * What must hold before the test phase: it is checked or set up, else the run is a skip with the reason.
 */
type Needs = ('filesystem' | 'unittest' | 'native' | 'mpy' | 'wlan' | 'certificates' | 'clock')[];
/**
 * Exit codes of the command by which a test asks to stop everything: the run fails, and what is left of the session is not run.
 */
type BailCodes = number[];
/**
 * exclusive: nobody else uses it at the same time. shared: others that share it may run. A number: so many of those that the lab has.
 */
type Use = string;
type Text = string;
/**
 * A command that prints the tests, one a line, instead of files:. Templates are allowed.
 *
 * @minItems 1
 */
type List = [Text, ...Text[]];
/**
 * The program and its arguments; no shell reads them. Templates are allowed; an element that is just "${tests}" becomes an argument for each test.
 *
 * @minItems 1
 */
type Command = [Text, ...Text[]];
/**
 * @minItems 1
 */
type Argv = [Text, ...Text[]];
/**
 * Commands that are carried out after the command, however it ended, one after the other, 30 s each: for what it leaves with others, such as a container. Templates are allowed.
 */
type Teardown = Argv[];
/**
 * Host stage: the program that runs as long as the stage is needed, and its arguments. Templates are allowed.
 *
 * @minItems 1
 */
type Argv1 = [Text, ...Text[]];
/**
 * A command that ends with 0; it is asked again and again. Templates are allowed.
 *
 * @minItems 1
 */
type Argv2 = [Text, ...Text[]];
type SomeText = string;
/**
 * A command on this computer that ends with 0; the port, ${tentacle.port}, is free for it. Templates are allowed.
 *
 * @minItems 1
 */
type Argv3 = [Text, ...Text[]];
type Identifier = string;
/**
 * What it has besides the features of its board.
 */
type Features = Identifier[];
export type Fault =
  Vanish | ReEnumerate | Hang | Babble | Slow | Drop | WrongVersion | NoBoot | FullFilesystem;
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
 * What is known to fail in this lab, each with its reason. A test that passes although it is listed is told loudly.
 */
type Expectations = Expectation[];
/**
 * The program and its arguments; no shell reads them. Templates are allowed: ${session.id}, ${session.dir}, ${lab}, ${python}, ${env.NAME}, ${secret.NAME}.
 *
 * @minItems 1
 */
type Argv4 = [Text, ...Text[]];

/**
 * A lab file of testbed: what is on one bench. testbed.local.yaml beside it is laid over it. See docs/design/config.md.
 */
export interface LabFile {
  /**
   * The name of this lab; stands in logs and reports, and in the keys of leases.
   */
  lab: string;
  /**
   * What is tested here: the name of a plan that testbed ships, the path of a plan file, or an npm package that brings plans/*.yaml.
   *
   * Items: A plan: the name of one that testbed ships, the path of a file, or an npm package.
   */
  plans?: string[];
  /**
   * What is to be other here than the plans say, by the name of the spec. An entry without a value drops the spec from this lab.
   */
  specs?: {
    [k: string]: OverridingSpec;
  };
  /**
   * What is to be other here than the stages of the plans say, by the name of the stage. An entry without a value drops the stage from this lab.
   */
  stages?: {
    [k: string]: Stage;
  };
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
    /**
     * A git URL, with @branch, @tag, ~PR or ~PR@ref (rebased onto it) behind it; or a directory that starts with / . or ~/
     */
    [k: string]: string;
  };
  /**
   * How many there are of something that runs share out among them (uses: in a plan). What is not named here is there once.
   */
  resources?: {
    /**
     * How many there are.
     */
    [k: string]: number;
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
   * Commands that are told what happens in a session here, by a name of your choice. What becomes of them changes no verdict, and no session waits for them.
   */
  hooks?: {
    [k: string]: Hook;
  };
  /**
   * Values of ${secret.NAME}, masked wherever testbed writes something. Only in testbed.local.yaml, which does not belong in git.
   */
  secrets?: {
    [k: string]: Text;
  };
}
interface OverridingSpec {
  /**
   * Stands in order ids, in the names of directories and in reports. Unique over all plans of a lab.
   */
  label?: string;
  /**
   * One sentence for people: what is tested.
   */
  help?: string;
  roles?: Roles;
  /**
   * What becomes an order of its own: each variant of each board (the first role covers), each variant in each role, each tentacle, or just one order for all. Default: each-variant.
   */
  cover?: 'each-variant' | 'each-role' | 'each-tentacle' | 'once';
  /**
   * Higher is served first; may be negative. Default: 0.
   */
  priority?: number;
  /**
   * Limit of the test phase (ms, s, m, h; at most 24 days); the other phases have the limits of the board.
   */
  timeout?: string;
  /**
   * The run is ended when nothing was printed for so long (ms, s, m, h). Without it there is no such limit.
   */
  silence?: string;
  /**
   * The time that a test process gets between TERM and KILL (ms, s, m, h). Default: 5s.
   */
  grace?: string;
  /**
   * How long a run probably takes (ms, s, m, h), until history knows better. Default: a tenth of the timeout.
   */
  estimate?: string;
  needs?: Needs;
  /**
   * The stage of stages: that its runs are started from. Its values are ${stage.NAME.KEY}.
   */
  stage?: string;
  /**
   * How often a run that ended in an error of lab or build is offered again. A test that fails is not. Default: 1.
   */
  retries?: number;
  /**
   * How often a run in which tests failed is offered again, on another tentacle where there is one. If it passes then, it is told as flaky. Default: 0.
   */
  'retry-fails'?: number;
  'bail-codes'?: BailCodes;
  /**
   * Its runs are alone on the bench: no other run of the session goes on at the same time. They come last. Default: false.
   */
  isolated?: boolean;
  uses?: Uses;
  env?: Env;
  /**
   * Where commands run and files: is looked for; relative to this file. Default: this file's directory. Templates are allowed.
   */
  cwd?: string;
  /**
   * The test files, a glob relative to cwd. They become ${tests} of the command, or are sent through the REPL.
   */
  files?: string;
  list?: List;
  command?: Command;
  teardown?: Teardown;
  /**
   * How verdicts come about.
   */
  results?: 'micropython' | 'repl' | 'tap' | 'junit' | 'events' | 'exit-code';
  /**
   * A run without a single test passes; otherwise it is an error. Default: false.
   */
  'allow-empty'?: boolean;
}
/**
 * A named place for each tentacle that takes part. The first one covers. Without roles the spec runs on the host only.
 */
interface Roles {
  [k: string]: Role;
}
/**
 * A place for one tentacle. Its key is the name that templates use: ${dut.port}.
 */
interface Role {
  /**
   * What the tentacle must have. The set is open: mcu, extmod_hardware, wlan and ble are those of MicroPython's tests.
   */
  feature: string;
}
/**
 * Named resources of host or lab that its runs use. A lab says under resources: how many it has of one; of any other there is one.
 */
interface Uses {
  [k: string]: Use;
}
/**
 * Set for the commands, on top of testbed's own environment. Templates are allowed.
 */
interface Env {
  [k: string]: Text;
}
/**
 * A stage: with command: and ready:, or with preload:, a host stage, with steps: a tentacle stage. Its key is the name that stage: of a spec gives.
 */
interface Stage {
  command?: Argv1;
  ready?: Ready;
  /**
   * Host stage: an interpreter of this language is kept ready, and starts the tests whose command begins with it, so that many small ones become cheap.
   */
  preload?: 'python' | 'node';
  /**
   * With preload: the modules that are imported before any test, in this order. Those of your own are looked for in cwd; of Node as a file there would import them: a package, or ./helpers.js. Default: none.
   */
  imports?: SomeText[];
  /**
   * With preload: the interpreter, as commands of specs name it. Default: the one of python: in the lab file; node. Templates are allowed.
   */
  interpreter?: string;
  /**
   * Host stage: whether it is started again when its command ends while it is needed. After three times in a row it is not. Default: always.
   */
  restart?: 'never' | 'on-failure' | 'always';
  /**
   * Host stage: files, directories and globs, relative to cwd. When one of them changes, the stage is begun anew as soon as no run uses it.
   */
  reload?: SomeText[];
  /**
   * Tentacle stage: what is done to a board, in this order, after it has power and its firmware.
   *
   * @minItems 1
   */
  steps?: [Step, ...Step[]];
  /**
   * Stages that are ready before this one is begun. It goes down when one of them does.
   */
  after?: Identifier[];
  /**
   * How long it may take until it is ready (ms, s, m, h). Default: 30s.
   */
  limit?: string;
  /**
   * Host stage: the time that it gets between TERM and KILL (ms, s, m, h). Default: 5s.
   */
  grace?: string;
  /**
   * Set for its commands, on top of testbed's own environment. Templates are allowed.
   */
  env?: {
    [k: string]: Text;
  };
  /**
   * Where its commands run and its files are looked for; relative to this file. Default: this file's directory. Templates are allowed.
   */
  cwd?: string;
}
/**
 * Host stage: by what one knows that it is ready.
 */
interface Ready {
  /**
   * A regular expression that a line of its output matches. Its named groups are values: (?<port>\d+) is ${stage.NAME.port}.
   */
  line?: string;
  /**
   * A port of this computer on which it listens, and nobody did before. A template is allowed.
   */
  port?: string;
  /**
   * A file, relative to cwd, that is there and newer than the start. A template is allowed.
   */
  file?: string;
  command?: Argv2;
}
/**
 * Exactly one of these.
 */
interface Step {
  /**
   * The firmware is written, also when the board has it already. Nothing with --flash skip, or where testbed can not flash.
   */
  flash?: 'always';
  /**
   * The board is off for a moment; one without a switch restarts its interpreter.
   */
  power?: 'cycle';
  /**
   * A program for the board's REPL, or a file of that, relative to cwd, if it is one word that ends in .py. An exception in it fails the stage.
   */
  exec?: string;
  /**
   * Files that are put on the board: globs relative to cwd.
   *
   * @minItems 1
   */
  put?: [SomeText, ...SomeText[]];
  /**
   * With put: the directory of the board, made if it is not there. Default: the root.
   */
  to?: string;
  command?: Argv3;
}
/**
 * One board on the bench with the hardware that powers and resets it. Its key is the id on the label.
 */
export interface Tentacle {
  /**
   * The model: from the shipped catalogue (testbed list boards), or from boards: below.
   */
  board: string;
  /**
   * How it is told from its twins, whatever port it gets. "testbed init --dry-run" prints it for what is connected.
   */
  usb?: {
    /**
     * The serial number of the board on USB. Best, where the board has one of its own; bridge chips often all say 0001.
     */
    serial?: string;
    /**
     * Where it is plugged in: bus and chain of hub ports, as in /sys/bus/usb/devices. The same as long as nobody moves the cable.
     */
    location?: string;
  };
  /**
   * Its device file, where usb: can not tell it: /dev/serial/by-id/…, or a0 for /dev/ttyACM0, u0 for /dev/ttyUSB0.
   */
  port?: string;
  features?: Features;
  /**
   * Which relays, by their numbers from 1, are closed for runs that need a feature.
   */
  relays?: {
    /**
     * Numbers of relays, from 1.
     */
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
   * What switches its power. Without it the board is always on.
   */
  power?: {
    /**
     * A port of a USB hub that can switch it; the program uhubctl lists them.
     */
    uhubctl?: {
      /**
       * Of the hub, as uhubctl prints it: bus and chain of ports.
       */
      location: string;
      /**
       * The number of the hub's port, from 1.
       */
      port: number;
    };
  };
  /**
   * Why it serves nobody for now. Its orders go to its twins, or are told as unschedulable with this reason.
   */
  disabled?: string;
  /**
   * How a virtual tentacle misbehaves, to see what your plan and testbed make of it.
   */
  faults?: Fault[];
}
interface Vanish {
  kind: 'vanish';
  /**
   * Time since power on (ms, s, m, h).
   */
  after: string;
}
interface ReEnumerate {
  kind: 're-enumerate';
  /**
   * Time since power on (ms, s, m, h).
   */
  after: string;
  /**
   * How long it is away (ms, s, m, h).
   */
  for: string;
}
interface Hang {
  kind: 'hang';
  /**
   * Time since power on (ms, s, m, h).
   */
  after: string;
}
interface Babble {
  kind: 'babble';
  /**
   * What it says each time.
   */
  text: string;
  /**
   * The time between two texts (ms, s, m, h).
   */
  every: string;
}
interface Slow {
  kind: 'slow';
  /**
   * How late each answer is (ms, s, m, h).
   */
  delay: string;
}
interface Drop {
  kind: 'drop';
  /**
   * 100: one byte of a hundred.
   */
  'one-in': number;
}
interface WrongVersion {
  kind: 'wrong-version';
  /**
   * What it claims to run.
   */
  version: string;
}
interface NoBoot {
  kind: 'no-boot';
  /**
   * How many power ons go wrong.
   */
  times: number;
}
interface FullFilesystem {
  kind: 'full-filesystem';
}
/**
 * Board models by name. An entry replaces the whole entry of the same name in the shipped catalogue plans/boards.yaml.
 */
interface Boards {
  [k: string]: Board;
}
/**
 * A board model. Its key is its name, as in MicroPython's ports/* /boards.
 */
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
   * What testbed talks to. Default: serial.
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
     * Its vid:pid in hexadecimal while MicroPython runs.
     */
    application?: string;
    /**
     * Its vid:pid in hexadecimal while its boot loader waits for firmware.
     */
    boot?: string;
  };
  /**
   * How long a phase may take on this board; the test phase has the timeout of the spec.
   */
  limits?: {
    /**
     * Until its port is there (ms, s, m, h). Default: 10s.
     */
    power?: string;
    /**
     * Until the firmware is on it (ms, s, m, h). Default: 60s.
     */
    flash?: string;
    /**
     * Until the REPL said which board and firmware it is (ms, s, m, h). Default: 10s.
     */
    verify?: string;
    /**
     * Until what a spec needs is there (ms, s, m, h). Default: 2m.
     */
    setup?: string;
    /**
     * Until it is powered off and its port is closed (ms, s, m, h). Default: 20s.
     */
    teardown?: string;
  };
  /**
   * Arguments of run-perfbench.py: CPU frequency in MHz, and heap in kB. Default: [100, 100].
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
   * What it excuses. Default: fail.
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
/**
 * A command that is told what happens in a session. The records come to its stdin as they stand in the log, a line of JSON each: all that wait when it is started.
 */
export interface Hook {
  /**
   * The types of the records that it is told.
   *
   * @minItems 1
   *
   * Items: A type of record, see docs/design/events.md.
   */
  on: [
    (
      | 'session-started'
      | 'session-paused'
      | 'session-unpaused'
      | 'session-resumed'
      | 'session-finished'
      | 'tentacle-leased'
      | 'tentacle-released'
      | 'tentacle-held'
      | 'tentacle-kept'
      | 'tentacle-let-go'
      | 'tentacle-lost'
      | 'tentacle-identified'
      | 'firmware-flashed'
      | 'stage-started'
      | 'stage-ready'
      | 'stage-respawned'
      | 'stage-changed'
      | 'stage-stopped'
      | 'order-unschedulable'
      | 'order-not-run'
      | 'run-started'
      | 'phase-started'
      | 'phase-finished'
      | 'test-finished'
      | 'measurement'
      | 'run-auditing'
      | 'run-finished'
      | 'run-retried'
      | 'bail-out'
      | 'warning'
    ),
    ...(
      | 'session-started'
      | 'session-paused'
      | 'session-unpaused'
      | 'session-resumed'
      | 'session-finished'
      | 'tentacle-leased'
      | 'tentacle-released'
      | 'tentacle-held'
      | 'tentacle-kept'
      | 'tentacle-let-go'
      | 'tentacle-lost'
      | 'tentacle-identified'
      | 'firmware-flashed'
      | 'stage-started'
      | 'stage-ready'
      | 'stage-respawned'
      | 'stage-changed'
      | 'stage-stopped'
      | 'order-unschedulable'
      | 'order-not-run'
      | 'run-started'
      | 'phase-started'
      | 'phase-finished'
      | 'test-finished'
      | 'measurement'
      | 'run-auditing'
      | 'run-finished'
      | 'run-retried'
      | 'bail-out'
      | 'warning'
    )[]
  ];
  /**
   * Which of these records. A record that has no such key is told in any case.
   */
  when?: {
    /**
     * Of runs and tests, those with one of these verdicts.
     *
     * @minItems 1
     *
     * Items: A verdict.
     */
    verdict?: ['pass' | 'fail' | 'error' | 'skip', ...('pass' | 'fail' | 'error' | 'skip')[]];
    /**
     * Of session-finished: the session ended with one of these exit codes.
     *
     * @minItems 1
     *
     * Items: An exit code of testbed run.
     */
    exit?: [number, ...number[]];
  };
  command: Argv4;
  /**
   * How long it may take each time (ms, s, m, h). Default: 30s.
   */
  timeout?: string;
  /**
   * For the command, on top of testbed's own environment. Templates are allowed.
   */
  env?: {
    [k: string]: Text;
  };
  /**
   * Where the command is started; relative to this file. Default: the directory of the lab file. Templates are allowed.
   */
  cwd?: string;
}
