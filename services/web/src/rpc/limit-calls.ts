/** Runs at most `max` calls at the same time; the others wait in order. `onIdle` is called whenever none is left. */
export function limitCalls(max: number, onIdle: () => void): <T>(call: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  const release = () => {
    const next = waiting.shift();
    // The next call replaces this one, so the number of running calls is unchanged.
    if (next !== undefined) return next();
    running--;
    if (running === 0) onIdle();
  };
  return async (call) => {
    if (running < max) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await call();
    } finally {
      release();
    }
  };
}
