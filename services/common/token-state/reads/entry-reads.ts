import { unavailable } from '../../errors/app-error.ts';
import type { RedisOptions } from '../redis-connection.ts';
import { untilReady } from '../until-ready.ts';
import { type EntrySink, ReadConnection } from './read-connection.ts';
import { type RedisAddress, redisAddress } from './redis-address.ts';

/** Keys in one MGET: bounds the reply and the time that Redis is held. */
const MOST_KEYS = 1_000;

/** Between a lost connection and the next attempt: doubled from the first to the last. */
const RECONNECT_FIRST_MS = 20;
const RECONNECT_MAX_MS = 500;

/**
 * Entries of the token-state cache, read and nothing else, for the path that every request takes (docs/adr/0006). Reads
 * of one event-loop turn go out as one `MGET`: each is sent after it was asked for, so joining a batch makes no answer
 * older than it would have been alone. While there is no connection reads fail at once; they are never kept for later.
 */
export class EntryReads {
  readonly #options: RedisOptions;
  readonly #address: RedisAddress;
  readonly #sendSoon = () => this.#send();
  #connection: ReadConnection;
  #hashes: Buffer[] = [];
  #sinks: EntrySink[] = [];
  #attempts = 0;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: RedisOptions) {
    this.#options = options;
    this.#address = redisAddress(options.url);
    this.#connection = this.#connect();
  }

  /** Resolves when the first connection stands; rejects with UNAVAILABLE after `timeoutMs`. */
  async waitUntilReady(timeoutMs: number): Promise<void> {
    await untilReady(() => this.#connection.isReady, timeoutMs);
  }

  /** Reads the entry of a token hash; `sink` is told in a later turn. */
  get(tokenHash: Buffer, sink: EntrySink): void {
    if (this.#hashes.length === 0) setImmediate(this.#sendSoon);
    this.#hashes.push(tokenHash);
    this.#sinks.push(sink);
    if (this.#hashes.length === MOST_KEYS) this.#send();
  }

  /** Ends the connection; reads under way fail. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#connection.close();
  }

  #send(): void {
    const hashes = this.#hashes;
    const sinks = this.#sinks;
    if (hashes.length === 0) return;
    this.#hashes = [];
    this.#sinks = [];
    if (this.#connection.isReady) {
      this.#connection.send(hashes, sinks);
    } else {
      const error = unavailable('the token-state cache (Redis) cannot be reached');
      for (const sink of sinks) sink.failed(error);
    }
  }

  #connect(): ReadConnection {
    const { keyPrefix, commandTimeoutMs: timeoutMs } = this.#options;
    const onReady = () => {
      this.#attempts = 0;
    };
    return new ReadConnection({ address: this.#address, keyPrefix, timeoutMs, onReady, onClosed: () => this.#lost() });
  }

  #lost(): void {
    if (this.#isClosed) return;
    const waitMs = Math.min(RECONNECT_MAX_MS, RECONNECT_FIRST_MS * 2 ** Math.min(this.#attempts++, 10));
    this.#retry = setTimeout(() => {
      this.#connection = this.#connect();
    }, waitMs);
  }
}
