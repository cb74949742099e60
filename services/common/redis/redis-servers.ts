import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Log } from '../process/log.ts';
import { recordKey } from '../token-state/generation.ts';
import type { RedisOptions } from '../token-state/redis-options.ts';
import { endGenerations } from './end-generation.ts';
import { closeWhenReplaced } from './primary-watch.ts';
import { type Address, parseRedisUrl, type RedisTarget, type SentinelSettings } from './redis-url.ts';
import { findServers } from './sentinels.ts';

/**
 * The Redis servers of a URL. Connects to the server that Sentinels name as the primary at that time, or to the only server.
 */
export class RedisServers {
  readonly target: RedisTarget;
  readonly #keyPrefix: string;
  readonly #log: Log | undefined;
  /** The other servers in the Sentinel's reply that named the server of the newest connection. */
  #others: readonly Address[] = [];
  /** Aborted when the newest connection is closed. */
  #closed = AbortSignal.abort();

  constructor({ url, keyPrefix }: Pick<RedisOptions, 'url' | 'keyPrefix'>, log?: Log) {
    this.target = parseRedisUrl(url);
    this.#keyPrefix = keyPrefix;
    this.#log = log;
  }

  /** Starts to connect to the primary. Rejects if it cannot be found. */
  async connect(): Promise<Socket> {
    const { server } = this.target;
    return 'host' in server ? this.#open(server) : await this.#openPrimary(server);
  }

  /**
   * Ends the generation at all other servers. Before it is demoted, the previous primary of a failover accepts reads and writes
   * for some seconds. A connection must not use its own generation before this has resolved: after the first command that
   * succeeds here, none succeeds at another server (docs/caching.md).
   */
  async endOtherGenerations(record: string): Promise<void> {
    await endGenerations(this.#others, {
      ...this.target,
      recordKey: recordKey(this.#keyPrefix),
      record,
      signal: this.#closed,
      log: this.#log,
    });
  }

  async #openPrimary(sentinels: SentinelSettings): Promise<Socket> {
    const { isTls } = this.target;
    const { primary, others } = await findServers(sentinels, isTls);
    const socket = this.#open(primary);
    const closed = new AbortController();
    socket.once('close', () => closed.abort());
    this.#closed = closed.signal;
    this.#others = others;
    void closeWhenReplaced(socket, primary, sentinels, isTls);
    return socket;
  }

  /** Node sends no SNI for an IP address, as RFC 6066 section 3 requires. */
  #open(address: Address): Socket {
    return (this.target.isTls ? connectTls(address) : connectTcp(address)).setNoDelay(true);
  }
}
