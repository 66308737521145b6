import type { Ending } from '../audit/ending.ts';
import type { WorkerSetup } from '../model/job.ts';
import { textsOfSpec } from '../model/spec-texts.ts';
import { expand, expandArgv, templateNames, templateVariables } from '../model/template.ts';
import type { RunContext } from './context.ts';

/** A command with everything filled in. */
export interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** What the spec sets, not the whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** The templates of a run's spec. `ports` are device paths by role, known once the boards have power. */
export class Templates {
  readonly #context: RunContext;
  readonly #ports: Readonly<Record<string, string>>;
  /** Made when the first template asks: many specs have none. */
  #made: Readonly<Record<string, string>> | undefined;

  constructor(context: RunContext, ports: Readonly<Record<string, string>>) {
    this.#context = context;
    this.#ports = ports;
  }

  /** The ending of a run whose templates name what only this machine could know, and does not. */
  missing(): Ending | undefined {
    const { spec } = this.#context.job;
    const unset = unsetName(textsOfSpec(spec), () => this.#variables);
    if (unset === undefined) return undefined;
    return { kind: 'precondition-missing', reason: `The spec "${spec.name}" uses ${unset}` };
  }

  get cwd(): string {
    return this.text(this.#context.job.spec.cwd);
  }

  get env(): Record<string, string> {
    const entries = Object.entries(this.#context.job.spec.env);
    return Object.fromEntries(entries.map(([name, value]) => [name, this.text(value)]));
  }

  text(template: string): string {
    return template.includes('${') ? expand(template, this.#variables) : template;
  }

  /** `argv` with the tests in the place of `${tests}`, ready to be started. */
  command(argv: readonly string[], tests: readonly string[]): Command {
    const filled = argv.some((text) => text.includes('${')) ? expandArgv(argv, this.#variables, tests) : argv;
    return { argv: filled, cwd: this.cwd, env: this.env };
  }

  get #variables(): Readonly<Record<string, string>> {
    const { job, setup } = this.#context;
    this.#made ??= templateVariables({
      ...knownToAll(setup),
      run: { dir: job.directory, id: job.run.id, order: job.run.order, attempt: job.run.attempt },
      stages: job.stages,
      roles: job.bindings.map((binding) => Object.assign({ port: this.#ports[binding.role] ?? '' }, binding)),
    });
    return this.#made;
  }
}

/** What templates name that is the same for all that a worker carries out. */
export function knownToAll({ lab, python, sources, env, secrets }: WorkerSetup) {
  return { lab, python, sources, env, secrets };
}

/** What names in templates only this machine could know, and does not: the end of a sentence that begins with "… uses ". */
export function unsetName(
  texts: readonly string[],
  variables: () => Readonly<Record<string, string>>,
): string | undefined {
  for (const text of texts) {
    if (!text.includes('${')) continue;
    for (const { name: wanted } of templateNames(text)) {
      const what = MACHINE_NAMES.find(([prefix]) => wanted.startsWith(prefix))?.[1];
      if (what === undefined || Object.hasOwn(variables(), wanted)) continue;
      return `\${${wanted}}, but ${what} ${wanted.slice(wanted.indexOf('.') + 1)} is not set.`;
    }
  }
  return undefined;
}

const MACHINE_NAMES = [
  ['env.', 'the environment variable'],
  ['secret.', 'the secret'],
  ['source.', 'the source'],
] as const;
