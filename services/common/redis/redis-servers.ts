import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { recordKey } from '../token-state/generation.ts';
import type { RedisOptions } from '../token-state/redis-options.ts';
import { END_OTHER_GENERATION } from '../token-state/scripts.ts';
import { withClient } from './one-shot-client.ts';
import { type Address, parseRedisUrl, type RedisTarget } from './redis-url.ts';
import { findServers } from './sentinels.ts';

/** The Redis servers of a URL. Each connection is to what Sentinels call the primary at that time, or to the one server. */
export class RedisServers {
  readonly target: RedisTarget;
  readonly #options: RedisOptions;
  /** From the same replies as the address of the newest connection. */
  #others: readonly Address[] = [];

  constructor(options: RedisOptions) {
    this.target = parseRedisUrl(options.url);
    this.#options = options;
  }

  /** Starts to connect to the primary. Rejects if it cannot be found. */
  async connect(): Promise<Socket> {
    const { server, isTls } = this.target;
    let address: Address;
    if ('host' in server) address = server;
    else {
      const { primary, others } = await findServers(server, { isTls, timeoutMs: this.#options.commandTimeoutMs });
      this.#others = others;
      address = primary;
    }
    // SNI must not be an IP address (RFC 6066 section 3); Node sends none for an address.
    return (isTls ? connectTls(address) : connectTcp(address)).setNoDelay(true);
  }

  /**
   * Ends the generation at all other servers that can be reached. Before it is demoted, the previous primary of a failover
   * accepts reads and writes for some seconds. A connection must not use its own generation before this has resolved: then
   * no command succeeds at another server after the first that succeeds here (docs/caching.md).
   */
  async endOtherGenerations(record: string): Promise<void> {
    const { credentials, isTls, database } = this.target;
    const { keyPrefix, commandTimeoutMs: timeoutMs } = this.#options;
    await Promise.allSettled(
      this.#others.map((address) =>
        // Replicas reject it, because it writes.
        withClient({ address, credentials, isTls, database, timeoutMs }, (client) =>
          client.eval(END_OTHER_GENERATION, 1, recordKey(keyPrefix), record),
        ),
      ),
    );
  }
}
