import type { RedisConnection } from './redis-connection.ts';

interface Waiting {
  readonly resolve: (entry: Buffer | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Keys in one MGET: bounds the reply and the time that Redis is held. */
const MOST_KEYS = 1_000;

const NO_HASH = Buffer.alloc(0);

/**
 * Reads of one event-loop turn go out as one `MGET`. Each read is sent after it was asked for, so joining a batch makes
 * no answer older than it would have been alone.
 */
export class CoalescedReads {
  readonly #connection: RedisConnection;
  #keys: Buffer[] = [];
  #waiting: Waiting[] = [];

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  get(key: Buffer): Promise<Buffer | null> {
    return new Promise((resolve, reject) => {
      if (this.#keys.length === 0) setImmediate(() => this.#send());
      this.#keys.push(key);
      this.#waiting.push({ resolve, reject });
      if (this.#keys.length === MOST_KEYS) this.#send();
    });
  }

  #send(): void {
    const keys = this.#keys;
    const waiting = this.#waiting;
    if (keys.length === 0) return;
    this.#keys = [];
    this.#waiting = [];
    this.#mget(keys).then(
      (entries) => {
        for (const [index, { resolve }] of waiting.entries()) resolve(entries[index] ?? null);
      },
      (error) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }

  /**
   * A primary that has been made a replica keeps its connections and would go on answering MGET; the GETEX in front, of
   * the prefix alone, which is no key, counts as a write, and it refuses that. The same guard as that of MultiGet.
   */
  async #mget(keys: Buffer[]): Promise<(Buffer | null)[]> {
    const { client } = this.#connection;
    const guard = client.getexBuffer(this.#connection.key(NO_HASH));
    const [entries] = await Promise.all([client.mgetBuffer(keys), guard]);
    return entries;
  }
}
