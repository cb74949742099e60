import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Log } from '../process/log.ts';
import { recordKey } from '../token-state/generation.ts';
import type { RedisOptions } from '../token-state/redis-options.ts';
import { endGenerations } from './end-generation.ts';
import { closeWhenReplaced } from './primary-watch.ts';
import { type Address, parseRedisUrl, type RedisTarget, type SentinelSettings, sniOption } from './redis-url.ts';
import { findServers } from './sentinels.ts';

/**
 * The Redis servers of a URL. Connects to the server that Sentinels name as the primary at that time, or to the only server.
 */
export class RedisServers {
  readonly target: RedisTarget;
  readonly #keyPrefix: string;
  readonly #log: Log | undefined;
  /** The other servers that Sentinels listed when the newest connection was opened. */
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
   * Ends the generation at all other servers: after a failover the previous primary accepts reads and writes for some seconds,
   * until it is demoted. `record`: of the newest connection. Use its generation only after this has resolved; then commands no
   * longer succeed at another server, except at one where this failed for 3 s (docs/caching.md).
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

  #open(address: Address): Socket {
    const { isTls } = this.target;
    return (isTls ? connectTls({ ...address, ...sniOption(address.host) }) : connectTcp(address)).setNoDelay(true);
  }
}
