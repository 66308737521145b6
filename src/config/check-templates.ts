import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { TEMPLATE_NAMES, parseTemplate, type TemplateName } from '../model/template.ts';
import { suggest } from '../util/suggest.ts';
import { diagnose } from './fault.ts';
import type { Spot, TextNode } from './located.ts';

/** What the names in the templates of a spec, stage or hook may mean. */
export interface TemplateScope {
  /** A stage is of no run, and names no tests; a hook is of a session, and of nothing in it. */
  readonly owner: 'spec' | 'stage' | 'hook';
  readonly roles: readonly string[];
  readonly sources: ReadonlySet<string>;
  /** Tags that some tentacle of the lab has; undefined if there is no lab to ask. */
  readonly tags: ReadonlySet<string>;
  /** The host stages that are up before it begins: what each hands out, by name. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
}

/** A name that needs something from outside, with its first use. */
export interface OutsideName {
  readonly name: string;
  readonly spot: Spot;
}

export interface CheckedTemplates {
  readonly faults: readonly Diagnostic[];
  /** Names of sources that nobody defines. */
  readonly unknownSources: readonly OutsideName[];
  /** `env.NAME` and `secret.NAME`. */
  readonly outside: readonly OutsideName[];
}

/** Roles may not be called as the other names begin. */
export const RESERVED = new Set(
  TEMPLATE_NAMES.map(({ name }) => name.split('.')[0] ?? '').filter((name) => name !== 'ROLE'),
);

/** Checks every template of a spec, stage or hook. */
export function checkTexts(texts: readonly TextNode[], scope: TemplateScope): CheckedTemplates {
  const found: { faults: Diagnostic[]; unknownSources: OutsideName[]; outside: OutsideName[] } = {
    faults: [],
    unknownSources: [],
    outside: [],
  };
  for (const text of texts) {
    const parsed = parseTemplate(text.text);
    if (!parsed.ok) {
      const { message, offset, length } = parsed.fault;
      found.faults.push(diagnose(within(text, offset, length), text.via, { message }));
      continue;
    }
    for (const part of parsed.parts) if (typeof part !== 'string') checkName(part, text, scope, found);
  }
  return found;
}

function checkName(
  part: TemplateName,
  text: TextNode,
  scope: TemplateScope,
  found: { faults: Diagnostic[]; unknownSources: OutsideName[]; outside: OutsideName[] },
): void {
  const { name } = part;
  const spot = within(text, part.offset, part.length);
  const [first = '', second = '', third] = name.split('.');
  if (name === 'tests' && scope.owner === 'spec') {
    if (text.text === '${tests}') return;
    const message = '"${tests}" stands alone, as an element of its own: it becomes an argument for each test';
    found.faults.push(diagnose(spot, text.via, { message }));
  } else if ((first === 'env' || first === 'secret') && third === undefined && /^[A-Za-z_]\w*$/.test(second))
    found.outside.push({ name, spot });
  else if (first === 'source' && second !== '' && third === undefined && scope.owner !== 'hook') {
    if (!scope.sources.has(second)) found.unknownSources.push({ name: second, spot });
  } else if (scope.roles.includes(first) && second === 'tag' && third !== undefined) {
    if (scope.tags.has(third)) return;
    const near = suggest(third, scope.tags);
    found.faults.push(
      diagnose(spot, text.via, {
        severity: 'warning',
        message: `no tentacle of this lab has a tag "${third}", so this is empty`,
        ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
      }),
    );
  } else if (!fixedNames(scope).includes(name)) found.faults.push(unknownName(name, spot, text, scope));
}

function unknownName(name: string, spot: Spot, { via }: TextNode, scope: TemplateScope): Diagnostic {
  const known = [
    ...fixedNames(scope),
    ...(scope.owner === 'hook' ? [] : [...scope.sources].map((source) => `source.${source}`)),
    ...(scope.owner === 'spec' ? ['tests'] : []),
  ];
  const near = suggest(name, known);
  const [first = ''] = name.split('.');
  const stage = name.split('.')[1] ?? '';
  if (first === 'stage' && scope.owner !== 'hook' && !scope.stages.has(stage))
    return unknownStage(name, { spot, via }, scope);
  const role =
    scope.owner !== 'hook' && name.includes('.') && !RESERVED.has(first) && !scope.roles.includes(first);
  const roles =
    scope.roles.length === 0 ? `none; the ${scope.owner} runs on the host only` : scope.roles.join(', ');
  return diagnose(spot, via, {
    message: role
      ? `"\${${name}}": this ${scope.owner} has no role "${first}"`
      : isForeign(name, scope.owner)
        ? `"\${${name}}" means nothing in a ${scope.owner}`
        : `nothing is called "\${${name}}"`,
    ...(role
      ? { expected: `a role of the ${scope.owner}: ${roles}` }
      : near === undefined
        ? { expected: `one of ${writableIn(scope.owner).join(', ')}` }
        : {}),
    ...(near === undefined ? {} : { suggestion: `did you mean "\${${near}}"?` }),
  });
}

/** What the stages in scope hand out is known by them; that a stage is not in scope says more than a list of names. */
function unknownStage(
  name: string,
  { spot, via }: { readonly spot: Spot; readonly via: Spot | undefined },
  { owner, stages }: TemplateScope,
): Diagnostic {
  const stage = name.split('.')[1] ?? '';
  const near = suggest(stage, stages.keys());
  return diagnose(spot, via, {
    message: `"\${${name}}": this ${owner} does not start from a host stage "${stage}"`,
    ...(near === undefined
      ? { expected: owner === 'spec' ? `stage: ${stage}, or one that comes after it` : `after: [${stage}]` }
      : { suggestion: `did you mean "\${${name.replace(`.${stage}`, `.${near}`)}}"?` }),
  });
}

/** What of the table means nothing in a spec, a stage, a hook. */
const FOREIGN: Readonly<Record<TemplateScope['owner'], RegExp>> = {
  spec: /^session\./,
  stage: /^(tests$|(session|run|ROLE|firmware)\.)/,
  hook: /^(tests$|(source|run|ROLE|firmware|stage)\.)/,
};

/** Whether the table has such a name, for others. */
function isForeign(name: string, owner: TemplateScope['owner']): boolean {
  const open = /^(source|env|secret)\./.test(name);
  return FOREIGN[owner].test(name) && (open || TEMPLATE_NAMES.some((known) => known.name === name));
}

/** The names of the table that mean something in a spec, in a stage, in a hook. */
function writableIn(owner: TemplateScope['owner']): string[] {
  return TEMPLATE_NAMES.map(({ name }) => name).filter((name) => !FOREIGN[owner].test(name));
}

/** The names of the table that mean something in every lab, with roles for `ROLE` and the stages in scope. */
function fixedNames({ owner, roles, stages }: TemplateScope): string[] {
  // A tentacle stage has a role of its own.
  const foreign = owner === 'stage' && roles.length > 0 ? /^(session|run)\./ : FOREIGN[owner];
  const names = TEMPLATE_NAMES.flatMap(({ name }) => {
    if (/\.(NAME|K)$|^stage\./.test(name) || name === 'tests' || foreign.test(name)) return [];
    return name.startsWith('ROLE.') ? roles.map((role) => name.replace('ROLE', role)) : [name];
  });
  return [...names, ...[...stages].flatMap(([stage, keys]) => keys.map((key) => `stage.${stage}.${key}`))];
}

/** A stretch of a scalar's text in its file; of the whole scalar where escapes or line breaks have moved the letters. */
function within({ spot, text, quoted }: TextNode, offset: number, length: number): Spot {
  const start = spot.range.offset + (quoted ? 1 : 0);
  const straight = spot.source.text.startsWith(text, start);
  return straight ? { source: spot.source, range: { offset: start + offset, length } } : spot;
}
