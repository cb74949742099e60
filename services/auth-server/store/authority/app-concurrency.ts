import { unavailable } from '#common/errors/app-error.ts';
import { isLockTimeout } from '../postgres/errors.ts';

/** Changes of one app in progress. Fewer than the pool's connections, so that a locked app leaves some to others. */
const MAX_RUNNING = 4;
/** Changes of one app that wait, without a connection. */
const MAX_WAITING = 100;

interface AppQueue {
  running: number;
  readonly waiting: PromiseWithResolvers<void>[];
}

/**
 * The changes of one app that hand out credentials take concurrency, before any of them takes a connection to Postgres. While the
 * app is locked for long, they are told to come back, and the changes of other apps never notice.
 */
export class AppConcurrency {
  readonly #queues = new Map<number, AppQueue>();

  /** Throws UNAVAILABLE without running the change if too many wait or the app turns out to be locked. */
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
      this.#next(appId, queue);
    }
  }

  /** Starts the change that has waited longest. */
  #next(appId: number, queue: AppQueue): void {
    const next = queue.waiting.shift();
    if (next !== undefined) next.resolve();
    else if (--queue.running === 0) this.#queues.delete(appId);
  }
}

function wait({ waiting }: AppQueue): Promise<void> {
  if (waiting.length >= MAX_WAITING) throw busy();
  const turn = Promise.withResolvers<void>();
  waiting.push(turn);
  return turn.promise;
}

const busy = (cause?: unknown) =>
  unavailable('too many requests of this app wait for another change of it; try again', cause);
