import { unavailable } from '../../errors/app-error.ts';
import type { RedisOptions } from '../redis-connection.ts';
import { untilReady } from '../until-ready.ts';
import { type EntrySink, ReadConnection } from './read-connection.ts';
import { type RedisAddress, redisAddress } from './redis-address.ts';

/** Keys in one MGET: bounds the reply and the time that Redis is held. */
const MOST_KEYS = 1_000;

/** MGETs at once: while Redis works on one, the next is on its way. More would only be smaller. */
const MOST_UNDER_WAY = 2;

/** Between a lost connection and the next attempt: doubled from the first to the last. */
const RECONNECT_FIRST_MS = 20;
const RECONNECT_MAX_MS = 500;

/**
 * Entries of the token-state cache, read and nothing else, for the path that every request takes (docs/adr/0007). Reads
 * go out as one `MGET` at the end of the event-loop turn, or, while two are under way already, when one was answered: the
 * busier Redis is, the more of them share a round trip. Each is sent after it was asked for, so joining a batch makes no
 * answer older than it would have been alone. Without a connection reads fail at once; they are never kept for another. A
 * Redis that hangs so costs one wait for a reply, not one for every read.
 */
export class EntryReads {
  readonly #options: RedisOptions;
  readonly #address: RedisAddress;
  #connection: ReadConnection;
  #hashes: Buffer[] = [];
  #sinks: EntrySink[] = [];
  #isScheduled = false;
  #attempts = 0;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: RedisOptions) {
    this.#options = options;
    this.#address = redisAddress(options.url);
    this.#connection = this.#connect();
  }

  /** Whether there is a connection to read from just now. */
  get isReady(): boolean {
    return this.#connection.isReady;
  }

  /** Resolves when the first connection stands; rejects with UNAVAILABLE after `timeoutMs`. */
  async waitUntilReady(timeoutMs: number): Promise<void> {
    await untilReady(() => this.isReady, timeoutMs);
  }

  /** Reads the entry of a token hash; `sink` is told in a later turn. */
  get(tokenHash: Buffer, sink: EntrySink): void {
    this.#hashes.push(tokenHash);
    this.#sinks.push(sink);
    this.#sendSoon();
  }

  /** Ends the connection; reads under way fail. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#connection.close();
  }

  /** At the end of the turn, so that others can join. */
  #sendSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#send);
  }

  readonly #send = (): void => {
    this.#isScheduled = false;
    const connection = this.#connection;
    if (!connection.isReady) this.#failAll();
    else if (connection.underWay < MOST_UNDER_WAY) this.#sendTo(connection);
  };

  #sendTo(connection: ReadConnection): void {
    if (this.#hashes.length <= MOST_KEYS) {
      connection.send(this.#hashes, this.#sinks);
      this.#hashes = [];
      this.#sinks = [];
    } else {
      connection.send(this.#hashes.splice(0, MOST_KEYS), this.#sinks.splice(0, MOST_KEYS));
    }
  }

  #failAll(): void {
    const error = unavailable('the token-state cache (Redis) cannot be reached');
    this.#hashes = [];
    for (const sink of this.#sinks.splice(0)) sink.failed(error);
  }

  #connect(): ReadConnection {
    const { keyPrefix, commandTimeoutMs: timeoutMs } = this.#options;
    return new ReadConnection({
      address: this.#address,
      keyPrefix,
      timeoutMs,
      onAnswered: () => {
        this.#attempts = 0; // one that greets and then hangs is not well
        if (this.#hashes.length > 0) this.#sendSoon();
      },
      onClosed: () => this.#lost(),
    });
  }

  #lost(): void {
    this.#failAll();
    if (this.#isClosed) return;
    const waitMs = Math.min(RECONNECT_MAX_MS, RECONNECT_FIRST_MS * 2 ** Math.min(this.#attempts++, 10));
    this.#retry = setTimeout(() => {
      this.#connection = this.#connect();
    }, waitMs);
  }
}
