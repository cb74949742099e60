import { hashCredential } from '#common/credentials/hash.ts';
import { unavailable } from '#common/errors/app-error.ts';

/** How many requests may wait while one with the same credential is in progress. Further ones get UNAVAILABLE. */
export const MAX_WAITING = 100;

interface QueuedRequest {
  concurrentSuccess: boolean;
  readonly start: () => void;
}

/**
 * Serves requests of a client that present the same code or refresh token one at a time, in the order of arrival. While
 * they wait, they hold no database connection.
 */
export class SameCredentialQueue {
  /** The waiting requests for each credential that has a request in progress. */
  readonly #queues = new Map<string, QueuedRequest[]>();

  /**
   * `serve` gets whether another request with the credential succeeded while this one waited. Queues are per client, because
   * clients are not authenticated yet and must not delay each other.
   */
  async run<T>(clientId: string, credential: string, serve: (concurrentSuccess: boolean) => Promise<T>): Promise<T> {
    const key = hashCredential(`${clientId} ${credential}`).toString('base64');
    const concurrentSuccess = await this.#wait(key);
    try {
      const result = await serve(concurrentSuccess);
      for (const queued of this.#queues.get(key) ?? []) queued.concurrentSuccess = true;
      return result;
    } finally {
      this.#startNext(key);
    }
  }

  async #wait(key: string): Promise<boolean> {
    const queue = this.#queues.get(key);
    if (queue === undefined) {
      this.#queues.set(key, []);
      return false;
    }
    if (queue.length >= MAX_WAITING)
      throw unavailable('too many concurrent requests with this code or refresh token; retry the request');
    const { promise, resolve: start } = Promise.withResolvers<void>();
    const queued: QueuedRequest = { concurrentSuccess: false, start };
    queue.push(queued);
    await promise;
    return queued.concurrentSuccess;
  }

  #startNext(key: string): void {
    const next = this.#queues.get(key)?.shift();
    if (next === undefined) this.#queues.delete(key);
    else next.start();
  }
}
