import { entriesAt, itemsAt, nodeAt, type Located, type TextNode } from './located.ts';

/** Where templates may stand in a spec. */
export function specTexts(spec: Located): TextNode[] {
  return scalars([
    ...itemsAt(spec, 'command'),
    ...itemsAt(spec, 'list'),
    ...itemsAt(spec, 'teardown').flatMap((command) => (command.kind === 'list' ? [...command.items] : [])),
    ...shared(spec),
  ]);
}

/** Where templates may stand in a stage. */
export function stageTexts(stage: Located): TextNode[] {
  const ready = nodeAt(stage, 'ready');
  return scalars([
    ...itemsAt(stage, 'command'),
    ...itemsAt(stage, 'steps').flatMap((step) => itemsAt(step, 'command')),
    ...itemsAt(ready, 'command'),
    nodeAt(ready, 'port'),
    nodeAt(ready, 'file'),
    nodeAt(stage, 'interpreter'),
    ...shared(stage),
  ]);
}

/** Where templates may stand in a hook. */
export function hookTexts(hook: Located): TextNode[] {
  return scalars([...itemsAt(hook, 'command'), ...shared(hook)]);
}

function shared(owner: Located): (Located | undefined)[] {
  return [...entriesAt(owner, 'env').map(({ value }) => value), nodeAt(owner, 'cwd')];
}

function scalars(nodes: readonly (Located | undefined)[]): TextNode[] {
  return nodes.filter((node) => node?.kind === 'scalar');
}
