// Generated from schema/ by "npm run generate"; do not edit.

type SomeText = string;
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
/**
 * A command on this computer that ends with 0; the port, ${tentacle.port}, is free for it. Templates are allowed.
 *
 * @minItems 1
 */
type Argv3 = [Text, ...Text[]];
type Identifier = string;
/**
 * What every tentacle with this board has. Default: [mcu].
 */
type Features = Identifier[];
/**
 * Globs over board and variant, joined as RPI_PICO2-RISCV. Default: all.
 */
type Globs = SomeText[];
/**
 * Globs over names or labels of specs. Default: all.
 */
type Globs1 = SomeText[];
/**
 * What is known to fail on which boards, wherever this plan is used.
 */
type Expectations = Expectation[];

/**
 * A plan of testbed: what can be tested. It is shared between labs and names no tentacle. See docs/design/plans.md.
 */
export interface PlanFile {
  /**
   * The name of this plan.
   */
  plan: string;
  /**
   * Plans whose specs, boards and expectations this one brings along: shipped names, paths relative to this file, or npm packages. An entry of specs: without a label overrides a spec of theirs.
   */
  extends?: SomeText[];
  /**
   * Test groups by the name that --only and --skip take. Names and labels are unique over all plans of a lab. In a plan that extends others, an entry without a label overrides what it names of theirs; one without a value drops it.
   */
  specs?: {
    [k: string]: Spec;
  };
  /**
   * Prepared, long-lived states that runs are started from: a server on this computer, or a board that was set up. Names are unique over all plans of a lab. In a plan that extends others, an entry with a name of theirs overrides it; one without a value drops it.
   */
  stages?: {
    [k: string]: Stage;
  };
  boards?: Boards;
  expect?: Expectations;
}
/**
 * One test group: what it needs, how it is started, how its verdicts come about. Its key is its name.
 */
export interface Spec {
  /**
   * Stands in order ids, in the names of directories and in reports. Unique over all plans of a lab.
   */
  label: string;
  /**
   * One sentence for people: what is tested.
   */
  help: string;
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
  timeout: string;
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
  results: 'micropython' | 'repl' | 'tap' | 'junit' | 'events' | 'exit-code';
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
export interface Stage {
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
export interface Step {
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
 * Board models that this plan brings along, as in a lab file.
 */
export interface Boards {
  [k: string]: Board;
}
/**
 * A board model. Its key is its name, as in MicroPython's ports/* /boards.
 */
export interface Board {
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
  features?: Features;
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
export interface Expectation {
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
