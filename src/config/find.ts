import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where a lab file may be in a directory, the first one wins. */
export const SEARCH_PLACES = ['testbed.yaml', 'testbed.yml', 'testbed.json', '.config/testbed.yaml'] as const;

/** Its own loaders lose source positions; we read the file ourselves, and only ask where it is. */
const asText = (_file: string, text: string): { readonly text: string } => ({ text });

/** The absolute path of the nearest lab file from a directory upward to `/`; undefined if there is none. */
export async function findLabFile(cwd: string): Promise<string | undefined> {
  const { cosmiconfig } = await import('cosmiconfig');
  const explorer = cosmiconfig('testbed', {
    searchPlaces: [...SEARCH_PLACES],
    loaders: { '.yaml': asText, '.yml': asText, '.json': asText },
    searchStrategy: 'global',
    // Else it would go on in the user's configuration directory, where the lab of another bench may lie.
    stopDir: path.parse(cwd).root,
    // An empty lab file is a fault to be told, not a reason to take the next one upward.
    ignoreEmptySearchPlaces: false,
    cache: false,
  });
  const found = (await explorer.search(cwd))?.filepath;
  return passedOver(cwd, found) ?? found;
}

/** A nearer one that cosmiconfig silently goes on from, because it is a directory or may not be read; it is the one meant. */
function passedOver(cwd: string, found: string | undefined): string | undefined {
  for (let directory = cwd; ; directory = path.dirname(directory)) {
    for (const file of SEARCH_PLACES.map((place) => path.join(directory, place))) {
      if (file === found) return undefined;
      if (existsSync(file)) return file;
    }
    if (directory === path.dirname(directory)) return undefined;
  }
}
