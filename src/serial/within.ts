/**
 * Waits for a promise, but not longer than its limits. What is not waited for goes on; if it is rejected later, nobody is told.
 */
export async function within<T>(
  promise: Promise<T>,
  limits: { readonly limitMs: number; readonly signal?: AbortSignal | undefined },
): Promise<T | 'overdue' | 'aborted'> {
  const { limitMs, signal } = limits;
  const { promise: ended, resolve } = Promise.withResolvers<'overdue' | 'aborted'>();
  const abort = (): void => resolve('aborted');
  const timer = setTimeout(() => resolve('overdue'), limitMs);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  try {
    return await Promise.race([promise, ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
