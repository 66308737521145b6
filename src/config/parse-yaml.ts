import type * as YamlPackage from 'yaml';
import type { Alias, Document, Node, Pair, Scalar, YAMLError, YAMLWarning } from 'yaml';
import type { Diagnostic, Range, SourceFile } from '../diagnostic/diagnostic.ts';
import type { Located, LocatedEntry, Spot } from './located.ts';
import { suggest } from '../util/suggest.ts';
import { syntaxErrors } from './syntax-errors.ts';
import { explainSyntax } from './syntax-faults.ts';

type Yaml = typeof YamlPackage;

/** No lab file comes near; a bomb of aliases passes it at once. */
const MOST_NODES = 100_000;
/** Words, signs and spaces: some 2,000 tentacles of which everything is said. The parser would take seconds for a megabyte of signs. */
const MOST_TOKENS = 200_000;
/** Of a longer file only the first syntax error is told: looking at each of its blocks would take long. */
const MOST_TOKENS_TWICE = 40_000;
/** Of one text, in code units; a script in a command is shorter, and what is longer mostly lacks its second quote. */
const LONGEST = 64 * 1024;
const DEEPEST = 100;

export type ParsedYaml =
  | { readonly root: Located; readonly faults: readonly Diagnostic[] }
  | { readonly root: undefined; readonly faults: readonly Diagnostic[] };

/**
 * Reads one YAML document (or JSON, which is YAML) into nodes that know where they stand. With a syntax error there are no
 * nodes, and only such errors are told, the first of each block; duplicate keys and the like are told all. `shown` is the
 * same file as diagnostics may show it.
 */
export async function parseYaml(written: SourceFile, shown: SourceFile = written): Promise<ParsedYaml> {
  const yaml = await import('yaml');
  const source = shown;
  const { text } = written;
  const tokens = countTokens(yaml, source, text);
  if (tokens.fault !== undefined) return { root: undefined, faults: [tokens.fault] };
  const document = parse(yaml, text);
  if (wrongIn(document).length > 0) {
    const parseAgain = (block: string) => wrongIn(block === text ? document : parse(yaml, block));
    const errors = syntaxErrors(text, parseAgain, tokens.count <= MOST_TOKENS_TWICE);
    const faults = errors.map((error) => explainSyntax(source, error));
    // Two errors may come from one bracket.
    const places = new Map(faults.toReversed().map((fault) => [fault.range?.offset, fault]));
    return { root: undefined, faults: [...places.values()].toReversed() };
  }
  const reader = new NodeReader(yaml, document, source);
  try {
    const { contents } = document;
    if (contents === null) return { root: undefined, faults: [emptyFault(source)] };
    const root = reader.read(contents, undefined, 0);
    if (root.kind === 'scalar' && root.value === null)
      return { root: undefined, faults: [emptyFault(source)] };
    return { root: reader.torn ? undefined : root, faults: reader.faults };
  } catch (stop) {
    if (stop instanceof Stop) return { root: undefined, faults: [stop.diagnostic] };
    throw stop;
  }
}

function parse(yaml: Yaml, text: string): Document {
  return yaml.parseDocument(text, {
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    schema: 'core',
    // Not 'silent', which would let a second document pass.
    logLevel: 'error',
  });
}

function wrongIn({ errors, warnings }: Document): readonly (YAMLError | YAMLWarning)[] {
  return [...errors, ...warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED')];
}

/**
 * How many tokens a long text has, none being counted in one that can not have too many; `fault` if that is more than
 * anybody writes, which would take the parser seconds.
 */
function countTokens(
  yaml: Yaml,
  source: SourceFile,
  text: string,
): { readonly count: number; readonly fault?: Diagnostic } {
  if (text.length < LONGEST) return { count: 0 };
  let count = 0;
  let offset = 0;
  const stop = (message: string, more: Partial<Diagnostic> = {}) => ({
    count,
    fault: { severity: 'error', message, source, range: { offset, length: 1 }, ...more } as const,
  });
  for (const token of new yaml.Lexer().lex(text)) {
    if (++count > MOST_TOKENS)
      return stop(`this file is too long: its first ${MOST_TOKENS} words, signs and spaces end here`);
    if (token.length > LONGEST && !/^[\s#]/.test(token))
      return stop(
        `this text has more than ${LONGEST} letters`,
        /^["']/.test(token) ? { suggestion: `is it never closed?` } : {},
      );
    // The lexer's own marks, such as for the begin of a text, stand for nothing in the file.
    if (!MARKS.has(token)) offset += token.length;
  }
  return { count };
}

const MARKS = new Set(['\u0002', '\u0018', '\u001f']);

function emptyFault(source: SourceFile): Diagnostic {
  const message = source.text.trim() === '' ? 'this file is empty' : 'this file holds nothing but comments';
  return { severity: 'error', message, source, range: { offset: 0, length: 0 } };
}

/** A fault after which reading on makes no sense. */
class Stop extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/** Turns the nodes of the `yaml` package into ours: aliases followed, merge keys merged, keys as text. */
class NodeReader {
  readonly #faults = new Map<string, Diagnostic>();
  readonly #yaml: Yaml;
  readonly #source: SourceFile;
  readonly #open = new Set<Node>();
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #anchors: ReadonlySet<string>;
  #count = 0;
  /** What stands for aliases that mean nothing. */
  readonly #nothings = new Set<Located>();

  constructor(yaml: Yaml, document: Document, source: SourceFile) {
    this.#yaml = yaml;
    const { anchors, targets } = aliasTargets(yaml, document);
    this.#targets = targets;
    this.#anchors = anchors;
    this.#source = source;
  }

  read(node: Node | null, via: Spot | undefined, depth: number): Located {
    const spot = this.#spotOf(node);
    if (++this.#count > MOST_NODES)
      throw this.#stop(
        via ?? spot,
        via === undefined
          ? `this file holds more than ${MOST_NODES} values`
          : `the aliases of this file unfold to more than ${MOST_NODES} values`,
      );
    if (depth > DEEPEST) throw this.#stop(via ?? spot, `this is nested more than ${DEEPEST} levels deep`);
    const standing = via === undefined ? { spot } : { spot, via };
    if (this.#yaml.isAlias(node)) return this.#readAlias(node, spot, via, depth);
    if (this.#yaml.isMap(node)) {
      const entries = this.#readEntries(node.items as Pair<Node, Node | null>[], via, depth);
      return { kind: 'map', entries, ...standing };
    }
    if (this.#yaml.isSeq(node)) {
      const items = node.items.map((item) => this.read(item as Node | null, via, depth + 1));
      return { kind: 'list', items, ...standing };
    }
    const scalar: Scalar | null = node;
    const quoted = scalar !== null && scalar.type !== undefined && scalar.type !== 'PLAIN';
    const value = (scalar?.value ?? null) as string | number | boolean | null;
    const text = quoted || scalar?.tag !== undefined ? String(value ?? '') : (scalar?.source ?? '');
    return { kind: 'scalar', value, text, quoted, ...standing };
  }

  get faults(): Diagnostic[] {
    return [...this.#faults.values()];
  }

  /** Once: an anchor's content is read again at each alias. */
  #tell(fault: Diagnostic): void {
    this.#faults.set(`${fault.range?.offset}:${fault.message}`, fault);
  }

  /** Whether something is missing, because an alias means nothing. */
  get torn(): boolean {
    return this.#nothings.size > 0;
  }

  #noAnchor(name: string, spot: Spot, target: Node | undefined): Diagnostic {
    if (target !== undefined)
      return { severity: 'error', message: `"*${name}" stands inside its own anchor`, ...spot };
    const near = name.length < 3 ? undefined : suggest(name, this.#anchors);
    return {
      severity: 'error',
      message: `there is no anchor "&${name}" before this "*${name}"`,
      ...spot,
      ...(this.#anchors.has(name)
        ? { suggestion: 'an anchor stands before its aliases' }
        : near === undefined
          ? {}
          : { suggestion: `did you mean "*${near}"?` }),
    };
  }

  #readAlias(alias: Alias, spot: Spot, via: Spot | undefined, depth: number): Located {
    const target = this.#targets.get(alias);
    if (target === undefined || this.#open.has(target)) {
      this.#tell(this.#noAnchor(alias.source, spot, target));
      const nothing: Located = { kind: 'scalar', value: null, text: '', quoted: false, spot };
      this.#nothings.add(nothing);
      return nothing;
    }
    this.#open.add(target);
    const located = this.read(target, via ?? spot, depth + 1);
    this.#open.delete(target);
    return located;
  }

  #readEntries(pairs: readonly Pair<Node, Node | null>[], via: Spot | undefined, depth: number) {
    const entries = new Map<string, LocatedEntry>();
    const merged: Located[] = [];
    for (const pair of pairs) {
      const keyNode = this.read(pair.key, undefined, depth + 1);
      const keySpot = keyNode.spot;
      if (keyNode.kind !== 'scalar' || (keyNode.text === '' && !keyNode.quoted)) {
        this.#tell({ severity: 'error', message: 'a key must be text', ...keySpot });
        continue;
      }
      const value = this.read(pair.value, via, depth + 1);
      if (keyNode.text === '<<' && !keyNode.quoted) {
        merged.push(...(value.kind === 'list' ? value.items : [value]));
        continue;
      }
      const key = keyNode.text;
      const first = entries.get(key);
      if (first === undefined) entries.set(key, { key, keySpot, value });
      else this.#tell(duplicateKey(key, first.keySpot, keySpot));
    }
    // What a map says itself goes before what is merged into it, and earlier merges before later ones.
    for (const node of merged) {
      if (this.#nothings.has(node)) continue;
      if (node.kind !== 'map') {
        const message = '"<<" merges maps, and this is none';
        this.#tell({ severity: 'error', message, ...(node.via ?? node.spot) });
        continue;
      }
      for (const [key, entry] of node.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return entries;
  }

  #spotOf(node: Node | null): Spot {
    const [start, end] = node?.range ?? [0, 0];
    const length = Math.max(this.#source.text.slice(start, end).trimEnd().length, 0);
    const range: Range = { offset: start, length };
    return { source: this.#source, range };
  }

  #stop(spot: Spot, message: string): Stop {
    return new Stop({ severity: 'error', message, ...spot });
  }
}

/** What each alias means: the latest anchor of its name before it. (`alias.resolve` walks the whole document each time.) */
function aliasTargets(yaml: Yaml, document: Document) {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  yaml.visit(document, {
    Node: (_key, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
    Alias: (_key, alias) => {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
  });
  return { anchors: new Set(anchors.keys()), targets };
}

function duplicateKey(key: string, first: Spot, second: Spot): Diagnostic {
  const message = `the key "${key}" stands here for the second time`;
  return { severity: 'error', message, ...second, also: [{ message: 'the first one', ...first }] };
}
