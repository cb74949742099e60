import { hashCredential } from '#common/credentials/hash.ts';
import { unavailable } from '#common/errors/app-error.ts';
import type { GrantTurn } from '../domain/token/grants/grant.ts';

/** Requests that wait behind the one with the same grant that is being served; more are told to come back. */
export const MAX_WAITING = 100;

interface Waiting {
  concurrentSuccess: boolean;
  readonly begin: () => void;
}

/**
 * Requests of one client that present the same code or refresh token are served one at a time, in the order in which they
 * were received. They wait here, where they hold no connection to the database.
 */
export class GrantQueue {
  /** By grant, those that wait behind the one that is served; a grant without any has an empty list. */
  readonly #waiting = new Map<string, Waiting[]>();

  /** The client is not authenticated yet: two clients that present the same grant never wait for each other. */
  async run<T>(clientId: string, grant: string, serve: (turn: GrantTurn) => Promise<T>): Promise<T> {
    const key = hashCredential(`${clientId} ${grant}`).toString('base64');
    const turn = await this.#turn(key);
    try {
      const result = await serve(turn);
      for (const waiting of this.#waiting.get(key) ?? []) waiting.concurrentSuccess = true;
      return result;
    } finally {
      this.#next(key);
    }
  }

  async #turn(key: string): Promise<GrantTurn> {
    const queue = this.#waiting.get(key);
    if (queue === undefined) {
      this.#waiting.set(key, []);
      return { concurrentSuccess: false };
    }
    if (queue.length >= MAX_WAITING) throw unavailable('too many requests present this grant at once; try again');
    const { promise, resolve: begin } = Promise.withResolvers<void>();
    const waiting: Waiting = { concurrentSuccess: false, begin };
    queue.push(waiting);
    await promise;
    return waiting;
  }

  #next(key: string): void {
    const next = this.#waiting.get(key)?.shift();
    if (next === undefined) this.#waiting.delete(key);
    else next.begin();
  }
}
