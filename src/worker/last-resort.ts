/** Something that must not outlive this worker, and how to end it. */
type Ender = () => Promise<unknown>;

const enders = new Set<Ender>();

/** Has `end` called if the worker must leave before what it ends was ended in good order; call the result when it was. */
export function atLeave(end: Ender): () => void {
  enders.add(end);
  return () => enders.delete(end);
}

/** Ends all that still runs, at once; the caller sees to it that this takes no longer than it may. */
export async function runAll(): Promise<void> {
  await Promise.allSettled([...enders].map((end) => end()));
}
