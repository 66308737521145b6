import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { TEMPLATE_NAMES, parseTemplate, type TemplateName } from '../model/template.ts';
import { suggest } from '../util/suggest.ts';
import { diagnose } from './fault.ts';
import type { Spot, TextNode } from './located.ts';

/** What the names in a spec's or stage's templates may mean. */
export interface TemplateScope {
  /** A stage is of no run, and names no tests. */
  readonly owner: 'spec' | 'stage';
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

/** Checks every template of a spec or stage. */
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
  else if (first === 'source' && second !== '' && third === undefined) {
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
    ...[...scope.sources].map((source) => `source.${source}`),
    ...(scope.owner === 'spec' ? ['tests'] : []),
  ];
  const near = suggest(name, known);
  const [first = ''] = name.split('.');
  const stage = name.split('.')[1] ?? '';
  if (first === 'stage' && !scope.stages.has(stage)) return unknownStage(name, { spot, via }, scope);
  const role = name.includes('.') && !RESERVED.has(first) && !scope.roles.includes(first);
  const roles = scope.roles.length === 0 ? 'none; the spec runs on the host only' : scope.roles.join(', ');
  return diagnose(spot, via, {
    message: role ? `"\${${name}}": this spec has no role "${first}"` : `nothing is called "\${${name}}"`,
    ...(role
      ? { expected: `a role of the spec: ${roles}` }
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
      : { suggestion: `did you mean "\${${name.replace(stage, near)}}"?` }),
  });
}

/** The names of the table that mean something in a spec, or in a stage. */
function writableIn(owner: TemplateScope['owner']): string[] {
  const names = TEMPLATE_NAMES.map(({ name }) => name);
  if (owner === 'spec') return names;
  return names.filter((name) => name !== 'tests' && !/^(run|ROLE|firmware)\./.test(name));
}

/** The names of the table that mean something in every lab, with roles for `ROLE` and the stages in scope. */
function fixedNames({ owner, roles, stages }: TemplateScope): string[] {
  const names = TEMPLATE_NAMES.flatMap(({ name }) => {
    if (/\.(NAME|K)$|^stage\./.test(name) || name === 'tests') return [];
    if (owner === 'stage' && (name.startsWith('run.') || (name === 'firmware.path' && roles.length === 0)))
      return [];
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
