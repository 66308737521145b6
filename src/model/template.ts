import type { Firmware } from './firmware.ts';
import type { BoardVariant, RoleName } from './ids.ts';
import type { Board, Tentacle } from './lab.ts';
import type { StageValues } from './stage.ts';

/**
 * Every name that may stand in `${…}`. Capitals stand for a name of the user's: a source, a role of the spec, a tag, an
 * environment variable. `docs/design/plans.md` shows this table, and a test compares the two.
 */
export const TEMPLATE_NAMES: readonly { readonly name: string; readonly meaning: string }[] = [
  { name: 'source.NAME', meaning: 'the directory in which a source is checked out' },
  { name: 'run.dir', meaning: "the run's own directory, made before the command starts" },
  { name: 'run.id', meaning: 'the test id: RUN-X[2731-RPI_PICO2-RISCV,instance0]~2' },
  { name: 'run.order', meaning: 'the order id, the same over attempts and sessions' },
  { name: 'run.attempt', meaning: 'from 1' },
  { name: 'ROLE.port', meaning: "the device file of the role's tentacle: /dev/ttyACM0" },
  { name: 'ROLE.board', meaning: 'RPI_PICO2' },
  { name: 'ROLE.variant', meaning: 'RISCV; empty for the default variant' },
  { name: 'ROLE.boardVariant', meaning: 'RPI_PICO2-RISCV' },
  { name: 'ROLE.id', meaning: "the tentacle's id, as on its label: 2731" },
  { name: 'ROLE.mcu', meaning: 'rp2350' },
  { name: 'ROLE.mcuPort', meaning: 'the MicroPython port: rp2' },
  { name: 'ROLE.wiring', meaning: "what the tentacle's wiring: says; empty if nothing" },
  { name: 'ROLE.firmware', meaning: "the file that was flashed; empty if the board's own is tested" },
  { name: 'ROLE.perfbench.mhz', meaning: 'first argument of run-perfbench.py' },
  { name: 'ROLE.perfbench.heap', meaning: 'second argument of run-perfbench.py, kB' },
  { name: 'ROLE.tag.K', meaning: "the tentacle's tag K; empty if it has none" },
  { name: 'firmware.path', meaning: "ROLE.firmware of the spec's first role" },
  { name: 'lab', meaning: "the lab's name" },
  { name: 'python', meaning: 'the interpreter of python:' },
  { name: 'env.NAME', meaning: 'an environment variable' },
  { name: 'secret.NAME', meaning: 'a secret; masked in everything that is kept' },
  { name: 'session.id', meaning: 'of a hook only: the session that it is told of' },
  { name: 'session.dir', meaning: "of a hook only: that session's directory" },
  { name: 'stage.NAME.port', meaning: 'the port of a host stage that the spec starts from' },
  { name: 'stage.NAME.pid', meaning: 'the process of that stage' },
  { name: 'stage.NAME.dir', meaning: "that stage's own directory" },
  { name: 'stage.NAME.KEY', meaning: 'what the group KEY of its ready line matched' },
  { name: 'tests', meaning: 'as an element of its own in command: one argument for each test' },
];

/** A name in a template, with where its `${…}` stands in the text, in UTF-16 code units. */
export interface TemplateName {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

export type TemplatePart = string | TemplateName;

/** What is wrong with a template, and where in its text. */
export interface TemplateFault {
  readonly message: string;
  readonly offset: number;
  readonly length: number;
}

/** The parts of a text with `${name}` in it; `$${` stands for a plain `${`. */
export function parseTemplate(
  text: string,
):
  | { readonly ok: true; readonly parts: readonly TemplatePart[] }
  | { readonly ok: false; readonly fault: TemplateFault } {
  const parts: TemplatePart[] = [];
  let from = 0;
  for (let start = text.indexOf('${'); start !== -1; start = text.indexOf('${', from)) {
    if (text[start - 1] === '$' && start > from) {
      parts.push(text.slice(from, start - 1), '${');
      from = start + 2;
      continue;
    }
    if (start > from) parts.push(text.slice(from, start));
    const end = text.indexOf('}', start);
    if (end === -1)
      return fault('"${" without its "}"; "$${" stands for a plain "${"', start, text.length - start);
    const name = text.slice(start + 2, end);
    const length = end + 1 - start;
    if (!/^[A-Za-z_][\w-]*(\.[\w-]+)*$/.test(name))
      return fault(
        `"\${${name}}" is no template name, such as \${run.dir}; "$\${" stands for a plain "\${"`,
        start,
        length,
      );
    parts.push({ name, offset: start, length });
    from = end + 1;
  }
  if (from < text.length) parts.push(text.slice(from));
  return { ok: true, parts };
}

function fault(message: string, offset: number, length: number) {
  return { ok: false, fault: { message, offset, length } } as const;
}

/** The names in a template; of a template that can not be parsed: none. */
export function templateNames(text: string): readonly TemplateName[] {
  const parsed = parseTemplate(text);
  return parsed.ok ? parsed.parts.filter((part) => typeof part !== 'string') : [];
}

/** The text with every `${name}` replaced by its value; a name without one is a bug, because config checked them. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  const parsed = parseTemplate(text);
  if (!parsed.ok) throw new Error(`Internal error: expected a checked template, was ${JSON.stringify(text)}`);
  return parsed.parts
    .map((part) => (typeof part === 'string' ? part : valueOf(part.name, variables)))
    .join('');
}

/** `expand` for each element; an element that is just `"${tests}"` becomes as many as there are tests. */
export function expandArgv(
  argv: readonly string[],
  variables: Readonly<Record<string, string>>,
  tests: readonly string[],
): string[] {
  return argv.flatMap((element) => (element === '${tests}' ? tests : [expand(element, variables)]));
}

function valueOf(name: string, variables: Readonly<Record<string, string>>): string {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value !== undefined) return value;
  // Which tags there are depends on the tentacle that the role was bound to.
  if (/^[^.]+\.tag\./.test(name)) return '';
  throw new Error(`Internal error: expected a value for \${${name}}, was undefined`);
}

/** What the values of a run's templates are made of. */
export interface TemplateFacts {
  readonly lab: string;
  readonly python: string;
  /** Absolute directories by source name. */
  readonly sources: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Only for hooks. */
  readonly session?: { readonly id: string; readonly dir: string };
  /** Absent in what is of a stage or a hook, and of no run. */
  readonly run?: {
    readonly dir: string;
    readonly id: string;
    readonly order: string;
    readonly attempt: number;
  };
  /** By name; those that are up, and that this may know of. Default: none. */
  readonly stages?: Readonly<Record<string, StageValues>>;
  /** In the spec's order; the first one's firmware is `firmware.path`. */
  readonly roles: readonly {
    readonly role: RoleName;
    /** The device file, once the tentacle is powered. */
    readonly port: string;
    readonly tentacle: Tentacle;
    readonly board: Board;
    readonly variant: string;
    readonly boardVariant: BoardVariant;
    readonly firmware?: Firmware;
  }[];
}

/** A value for every name of the table, for `expand` and `expandArgv`. */
export function templateVariables(facts: TemplateFacts): Record<string, string> {
  const variables: Record<string, string> = {
    lab: facts.lab,
    python: facts.python,
    'firmware.path': facts.roles[0]?.firmware?.path ?? '',
  };
  const { run, session } = facts;
  if (session !== undefined)
    for (const [key, value] of Object.entries(session)) variables[`session.${key}`] = value;
  if (run !== undefined)
    for (const [key, value] of Object.entries(run)) variables[`run.${key}`] = String(value);
  for (const [stage, values] of Object.entries(facts.stages ?? {}))
    for (const [key, value] of Object.entries(values)) variables[`stage.${stage}.${key}`] = value;
  for (const [name, directory] of Object.entries(facts.sources)) variables[`source.${name}`] = directory;
  for (const [name, value] of Object.entries(facts.env))
    if (value !== undefined) variables[`env.${name}`] = value;
  for (const [name, value] of Object.entries(facts.secrets)) variables[`secret.${name}`] = value;
  for (const { role, port, tentacle, board, variant, boardVariant, firmware } of facts.roles) {
    const [mhz, heap] = board.perfbench;
    const values = {
      port,
      board: board.name,
      variant,
      boardVariant,
      id: tentacle.id,
      mcu: board.mcu,
      mcuPort: board.port,
      wiring: tentacle.wiring ?? '',
      firmware: firmware?.path ?? '',
      'perfbench.mhz': String(mhz),
      'perfbench.heap': String(heap),
    };
    for (const [key, value] of Object.entries(values)) variables[`${role}.${key}`] = value;
    for (const [tag, value] of Object.entries(tentacle.tags)) variables[`${role}.tag.${tag}`] = value;
  }
  return variables;
}
