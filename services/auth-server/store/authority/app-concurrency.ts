import { unavailable } from '#common/errors/app-error.ts';
import { isLockTimeout } from '../postgres/errors.ts';

/** Concurrent changes of an app. Fewer than the connections of the pool, so that a locked app cannot hold all of them. */
const MAX_RUNNING = 4;
/** Changes of an app that may wait. They hold no connection. */
const MAX_WAITING = 100;

interface AppQueue {
  running: number;
  readonly waiting: PromiseWithResolvers<void>[];
}

/**
 * Limits the concurrent changes of each app that issue credentials, before they take a connection. If an app stays locked,
 * only its own changes are rejected.
 */
export class AppConcurrency {
  readonly #queues = new Map<number, AppQueue>();

  /** UNAVAILABLE, without running the change, if too many wait or the app is locked. */
  async run<T>(appId: number, change: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(appId) ?? { running: 0, waiting: [] };
    this.#queues.set(appId, queue);
    if (queue.running >= MAX_RUNNING) await wait(queue);
    else queue.running++;
    try {
      return await change();
    } catch (error) {
      if (isLockTimeout(error)) for (const { reject } of queue.waiting.splice(0)) reject(busy(error));
      throw error;
    } finally {
      this.#startNext(appId, queue);
    }
  }

  #startNext(appId: number, queue: AppQueue): void {
    const next = queue.waiting.shift();
    if (next !== undefined) next.resolve();
    else if (--queue.running === 0) this.#queues.delete(appId);
  }
}

function wait({ waiting }: AppQueue): Promise<void> {
  if (waiting.length >= MAX_WAITING) throw busy();
  const start = Promise.withResolvers<void>();
  waiting.push(start);
  return start.promise;
}

const busy = (cause?: unknown) => unavailable('too many concurrent requests of this app; retry the request', cause);
