import { EventEmitter, once } from 'node:events';
import type { Redis, Result } from 'ioredis';
import { unavailable } from '#common/errors/app-error.ts';
import { messageOf } from '#common/errors/error-message.ts';
import type { Log } from '#common/process/log.ts';
import { RedisServers } from '#common/redis/redis-servers.ts';
import {
  Generation,
  GenerationChanges,
  newGeneration,
  recordKey,
  type ScriptArguments,
} from '#common/token-state/generation.ts';
import type { RedisOptions } from '#common/token-state/redis-options.ts';
import { DROP, END_GENERATION, FENCE, LEARN, READ_STAMPS } from '#common/token-state/scripts.ts';
import { newRedisClient } from './redis-client.ts';

/** Errors of a wrong user, password or ACL, which do not resolve by themselves. */
const REFUSED_CREDENTIALS = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR (?:invalid password|AUTH|Client sent AUTH))/;

/**
 * A connection to Redis that runs the scripts of changes and look-ups. Each time it has connected, it reads the server's
 * generation, which is valid until it disconnects and which the scripts check. Commands are neither queued while offline nor
 * resent after a reconnect.
 */
export class RedisConnection {
  /** For commands; scripts also need `generation`. */
  readonly client: Redis;
  readonly #servers: RedisServers;
  readonly #prefix: string;
  readonly #log: Log | undefined;
  #generation: Generation | undefined;
  #closeCount = 0;
  readonly #events = new EventEmitter<{ ready: [] }>();
  readonly #changes = new GenerationChanges();
  #lastProblem: string | undefined;
  #isRefused = false;

  constructor(options: RedisOptions, log?: Log) {
    this.#prefix = options.keyPrefix;
    this.#log = log;
    this.#servers = new RedisServers(options, log);
    this.client = newRedisClient(this.#servers, options.commandTimeoutMs, {
      // The server was demoted, or its generation has changed: reconnect and read the generation again.
      reconnectOnError: ({ message }) => message.startsWith('READONLY') || message.startsWith('GENERATION'),
      scripts: {
        learnGeneration: { lua: LEARN, numberOfKeys: 1 },
        readStamps: { lua: READ_STAMPS },
        fenceKeys: { lua: FENCE },
        dropKeys: { lua: DROP },
        endGeneration: { lua: END_GENERATION },
      },
    });
    // Commands report their own failures, and ioredis reconnects.
    this.client.on('error', (error) => this.#logProblem(error));
    this.client.on('close', () => {
      this.#generation = undefined;
      this.#closeCount++;
    });
    this.client.on('ready', () => void this.#learn());
  }

  /** Whether commands can be sent. */
  get isReady(): boolean {
    return this.#generation !== undefined && this.client.status === 'ready';
  }

  /** Resolves when commands can be sent; rejects when the signal aborts. */
  async untilReady(signal: AbortSignal): Promise<void> {
    while (!this.isReady) await once(this.#events, 'ready', { signal });
  }

  /** Why commands cannot be sent, for operators; undefined while they can. */
  get problem(): string | undefined {
    if (this.isReady) return undefined;
    return this.#isRefused ? 'redis refuses the credentials in REDIS_URL' : 'redis cannot be reached';
  }

  /** How often the generation has changed. After each change the cache starts empty. */
  get generationChanges(): number {
    return this.#changes.count;
  }

  /** The generation of this connection; throws UNAVAILABLE without one. */
  get generation(): Generation {
    if (!this.isReady) throw unavailable('the token-state cache (Redis) is unreachable');
    return this.#generation as Generation;
  }

  /** Ends the generation: every connection reads a new one, and the cache starts empty. Rejects if it has already ended. */
  async endGeneration(): Promise<void> {
    const args = this.generation.scriptArguments([], []);
    this.#generation = undefined;
    await this.client.endGeneration(...args).finally(() => this.client.disconnect(true));
  }

  /** Closes the connection; commands in flight fail. */
  close(): void {
    this.client.disconnect();
  }

  /** Logs a problem once, not at each attempt. Only the message: the error contains the command, which may have the password. */
  #logProblem(error: Error): void {
    const reason = messageOf(error);
    this.#isRefused = REFUSED_CREDENTIALS.test(reason);
    if (this.#lastProblem === reason) return;
    this.#lastProblem = reason;
    this.#log?.warn(
      { reason },
      this.#isRefused ? 'redis refuses the credentials in REDIS_URL' : 'redis connection failed',
    );
  }

  async #learn(): Promise<void> {
    const closeCount = this.#closeCount;
    try {
      const record = await this.client.learnGeneration(recordKey(this.#prefix), newGeneration());
      await this.#servers.endOtherGenerations(record);
      if (closeCount !== this.#closeCount) return;
      this.#generation = new Generation(this.#prefix, record);
      this.#lastProblem = undefined;
      this.#isRefused = false;
      this.#changes.observe(this.#generation, this.#log);
      this.#events.emit('ready');
    } catch (error) {
      this.#logProblem(error as Error);
      this.client.disconnect(true);
    }
  }
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    learnGeneration(key: string, generation: string): Result<string, Context>;
    readStampsBuffer(...args: ScriptArguments): Result<Buffer[], Context>;
    fenceKeys(...args: ScriptArguments): Result<number, Context>;
    dropKeys(...args: ScriptArguments): Result<number, Context>;
    endGeneration(...args: ScriptArguments): Result<number, Context>;
  }
}
