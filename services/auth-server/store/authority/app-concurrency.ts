import { unavailable } from '#common/errors/app-error.ts';
import { isLockTimeout } from '../postgres/errors.ts';

/** Concurrent grants of an app. Fewer than the pool's default of 10 connections, so that a locked app cannot hold all of them. */
const MAX_RUNNING = 4;
/** Grants of an app that may wait here. They hold no connection. */
const MAX_WAITING = 100;

interface AppQueue {
  running: number;
  readonly waiting: PromiseWithResolvers<void>[];
}

/**
 * Limits how many grants of the same app run at once in separate transactions. Others wait without a connection. If an app
 * stays locked, only its own grants are rejected.
 */
export class AppConcurrency {
  readonly #queues = new Map<number, AppQueue>();

  /**
   * Throws UNAVAILABLE without running the grant if too many wait, or if another grant of the app cannot get its locks while
   * this one waits.
   */
  async run<T>(appId: number, grant: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(appId) ?? { running: 0, waiting: [] };
    this.#queues.set(appId, queue);
    if (queue.running >= MAX_RUNNING) await wait(queue);
    else queue.running++;
    try {
      return await grant();
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
