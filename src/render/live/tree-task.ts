import { Listr, ListrTaskState, type ListrTask, type ListrTaskWrapper } from 'listr2';

type Wrapper = ListrTaskWrapper<unknown, never, never>;
type Task = Wrapper['task'];

/** How a spec ended: all well, something failed, or some of its orders were left. */
export type TaskEnding = 'good' | 'bad' | 'left';

/**
 * A spec as listr2 knows it: a task that awaits a deferred, with a row below it for each of its runs that is on the
 * screen. Rows are reused, because a listr2 task can not be taken away for good: its renderer keeps notes on each.
 */
export class SpecTask {
  readonly #over = Promise.withResolvers<void>();
  readonly #rows: { readonly task: Task; readonly over: PromiseWithResolvers<void> }[] = [];
  #task: Task | undefined;
  #shown = false;
  #ending: TaskEnding | undefined;

  /** What listr2 is given. */
  readonly definition: ListrTask = {
    // Without any title listr2 would take the task for a mere container.
    title: ' ',
    task: async (_, wrapper) => {
      this.#task = (wrapper as unknown as Wrapper).task;
      this.#leave();
      await this.#over.promise;
    },
  };

  get shown(): boolean {
    return this.#shown;
  }

  /** Whether the spec has a row in the next frame. Set here because `enabled:` of listr2 is asked only once. */
  show(shown: boolean): void {
    this.#shown = shown && this.#task !== undefined;
    if (this.#task !== undefined) this.#task['enabled'] = shown;
  }

  title(text: string): void {
    if (this.#task !== undefined) this.#task.title = text;
  }

  /** The rows below the spec in the next frame. */
  rows(titles: readonly string[]): void {
    if (this.#task === undefined || this.#ending !== undefined) return;
    while (this.#rows.length < titles.length) this.#addRow(this.#task);
    for (const [index, { task }] of this.#rows.entries()) {
      const title = titles[index];
      task['enabled'] = title !== undefined;
      task.title = title ?? ' ';
    }
  }

  /** The spec is over, or the session is; false when that was known. listr2 shows it from the frame after the next one on. */
  end(ending: TaskEnding): boolean {
    if (this.#ending !== undefined) return false;
    this.#ending = ending;
    for (const { over } of this.#rows) over.resolve();
    if (this.#task?.subtasks !== undefined) this.#task.subtasks.length = 0;
    this.#leave();
    if (ending === 'bad') this.#over.reject(new Error('failed'));
    else this.#over.resolve();
    // listr2 may not have asked for it yet.
    this.#over.promise.catch(() => undefined);
    return true;
  }

  /** Once it is no longer "started", listr2 leaves a task's state as it is. */
  #leave(): void {
    if (this.#ending === 'left' && this.#task !== undefined) this.#task.state = ListrTaskState.CANCELLED;
  }

  /** A list of one below the spec's task: `add()` on a list that runs already would never run it. */
  #addRow(parent: Task): void {
    const over = Promise.withResolvers<void>();
    const list = new Listr(
      { title: ' ', task: () => over.promise },
      { renderer: 'silent', registerSignalListeners: false, exitOnError: false },
      parent,
    );
    void list.run();
    const [task] = list.tasks as unknown as Task[];
    if (task === undefined) throw new Error('Internal error: expected a row, was nothing');
    // It will be in a moment; until then its first frame would show it as waiting.
    task.state = ListrTaskState.STARTED;
    this.#rows.push({ task, over });
    parent.subtasks ??= [];
    parent.subtasks.push(task);
  }
}
