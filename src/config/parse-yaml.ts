import type * as YamlPackage from 'yaml';
import type { Alias, Document, Node, Pair, Scalar } from 'yaml';
import type { Diagnostic, Range, SourceFile } from '../diagnostic/diagnostic.ts';
import type { Located, LocatedEntry, Spot } from './located.ts';
import { explainSyntax } from './syntax-faults.ts';

type Yaml = typeof YamlPackage;

/** No lab file comes near; a bomb of aliases passes it at once. */
const MOST_NODES = 100_000;
const DEEPEST = 100;

export type ParsedYaml =
  | { readonly root: Located; readonly faults: readonly Diagnostic[] }
  | { readonly root: undefined; readonly faults: readonly Diagnostic[] };

/**
 * Reads one YAML document (or JSON, which is YAML) into nodes that know where they stand. A syntax error is told alone, the
 * first one, because what follows it is mostly its echo; duplicate keys and the like are told all. `shown` is the same file
 * as diagnostics may show it.
 */
export async function parseYaml(written: SourceFile, shown: SourceFile = written): Promise<ParsedYaml> {
  const yaml = await import('yaml');
  const source = shown;
  const document = yaml.parseDocument(written.text, {
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    schema: 'core',
    // Not 'silent', which would let a second document pass.
    logLevel: 'error',
  });
  const error = document.errors[0] ?? document.warnings.find(({ code }) => code === 'TAG_RESOLVE_FAILED');
  if (error !== undefined) return { root: undefined, faults: [explainSyntax(source, error)] };
  const reader = new NodeReader(yaml, document, source);
  try {
    const { contents } = document;
    if (contents === null) return { root: undefined, faults: [emptyFault(source)] };
    const root = reader.read(contents, undefined, 0);
    if (root.kind === 'scalar' && root.value === null)
      return { root: undefined, faults: [emptyFault(source)] };
    return { root, faults: reader.faults };
  } catch (stop) {
    if (stop instanceof Stop) return { root: undefined, faults: [stop.diagnostic] };
    throw stop;
  }
}

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
  readonly faults: Diagnostic[] = [];
  readonly #yaml: Yaml;
  readonly #source: SourceFile;
  readonly #open = new Set<Node>();
  readonly #targets: ReadonlyMap<Alias, Node>;
  #count = 0;

  constructor(yaml: Yaml, document: Document, source: SourceFile) {
    this.#yaml = yaml;
    this.#targets = aliasTargets(yaml, document);
    this.#source = source;
  }

  read(node: Node | null, via: Spot | undefined, depth: number): Located {
    const spot = this.#spotOf(node);
    if (++this.#count > MOST_NODES)
      throw this.#stop(via ?? spot, `the aliases of this file unfold to more than ${MOST_NODES} values`);
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

  #readAlias(alias: Alias, spot: Spot, via: Spot | undefined, depth: number): Located {
    const target = this.#targets.get(alias);
    if (target === undefined)
      throw this.#stop(spot, `there is no anchor "&${alias.source}" before this "*${alias.source}"`);
    if (this.#open.has(target)) throw this.#stop(spot, `"*${alias.source}" stands inside its own anchor`);
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
        this.faults.push({ severity: 'error', message: 'a key must be text', ...keySpot });
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
      // An anchor's content is told of once, where it stands, not again at each alias.
      else if (via === undefined) this.faults.push(duplicateKey(key, first.keySpot, keySpot));
    }
    // What a map says itself goes before what is merged into it, and earlier merges before later ones.
    for (const node of merged) {
      if (node.kind !== 'map') {
        const message = '"<<" merges maps, and this is none';
        this.faults.push({ severity: 'error', message, ...(node.via ?? node.spot) });
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
function aliasTargets(yaml: Yaml, document: Document): Map<Alias, Node> {
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
  return targets;
}

function duplicateKey(key: string, first: Spot, second: Spot): Diagnostic {
  const message = `the key "${key}" stands here for the second time`;
  return { severity: 'error', message, ...second, also: [{ message: 'the first one', ...first }] };
}
