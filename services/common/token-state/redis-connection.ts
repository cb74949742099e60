import { Redis, type Result } from 'ioredis';
import { unavailable } from '../errors/app-error.ts';
import type { Log } from '../process/log.ts';
import { Generation, GenerationChanges, newGeneration, recordKey, type ScriptArguments } from './generation.ts';
import { DROP, FENCE, LEARN, READ_STAMPS } from './scripts.ts';

/** How to reach Redis. */
export interface RedisOptions {
  readonly url: string;
  /** Put before every key, so that several stacks can share one Redis. */
  readonly keyPrefix: string;
  /** The longest wait for any reply; a hung Redis costs this much. */
  readonly commandTimeoutMs: number;
}

/** A password, user or permission that is not right: nothing that passes by itself. */
const REFUSED_CREDENTIALS = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR (?:invalid password|AUTH|Client sent AUTH))/;
const RECONNECT_MAX_MS = 500;
/** Without a byte from the server while it owes a reply. */
const SOCKET_TIMEOUT_MS = 5_000;

/**
 * One connection to Redis for the scripts that changes and questions need. It learns the generation of the server at its
 * other end before any other command, and forgets it with the connection; the scripts check it themselves. Commands are
 * never queued while offline nor sent again on another connection.
 */
export class RedisConnection {
  /** Runs commands; `generation` says whether scripts can be among them. */
  readonly client: Redis;
  readonly #prefix: string;
  readonly #log: Log | undefined;
  #generation: Generation | undefined;
  readonly #changes = new GenerationChanges();
  #lastProblem: string | undefined;
  #isRefused = false;

  constructor(options: RedisOptions, log?: Log) {
    this.#prefix = options.keyPrefix;
    this.#log = log;
    this.client = new Redis(options.url, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: options.commandTimeoutMs,
      connectTimeout: options.commandTimeoutMs,
      // The server has been demoted, or is another one than it was: connect again and learn which one it is.
      reconnectOnError: ({ message }) => message.startsWith('READONLY') || message.startsWith('GENERATION'),
      // A host that has vanished says nothing any more: give it up, and what is connected to next may be its successor.
      socketTimeout: SOCKET_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(RECONNECT_MAX_MS, 20 * 2 ** Math.min(attempt, 5)),
      scripts: {
        learnGeneration: { lua: LEARN, numberOfKeys: 1 },
        readStamps: { lua: READ_STAMPS },
        fenceKeys: { lua: FENCE },
        dropKeys: { lua: DROP },
      },
    });
    // Each command reports its own failure, and the connection retries by itself.
    this.client.on('error', (error) => this.#noteProblem(error));
    this.client.on('close', () => {
      this.#generation = undefined;
    });
    this.client.on('ready', () => void this.#learn());
  }

  /** Whether commands can be sent. */
  get isReady(): boolean {
    return this.#generation !== undefined && this.client.status === 'ready';
  }

  /** Why commands cannot be sent, for operators; undefined while they can. */
  get problem(): string | undefined {
    if (this.isReady) return undefined;
    return this.#isRefused ? 'redis refuses the credentials in REDIS_URL' : 'redis cannot be reached';
  }

  /** How often another generation was met than the last one that was known; each time the cache has started empty. */
  get generationChanges(): number {
    return this.#changes.count;
  }

  /** The generation that this connection has learnt; throws UNAVAILABLE without one. */
  get generation(): Generation {
    if (!this.isReady) throw unavailable('the token-state cache (Redis) cannot be reached');
    return this.#generation as Generation;
  }

  /** Ends the connection; commands in flight fail. */
  close(): void {
    this.client.disconnect();
  }

  /** Logs a cause once, not at each attempt; its text alone, because the error holds the command, and that the password. */
  #noteProblem(error: Error): void {
    this.#isRefused = REFUSED_CREDENTIALS.test(error.message);
    if (this.#lastProblem === error.message) return;
    this.#lastProblem = error.message;
    this.#log?.warn(
      { reason: error.message },
      this.#isRefused ? 'redis refuses our credentials' : 'redis connection failed',
    );
  }

  async #learn(): Promise<void> {
    try {
      const record = await this.client.learnGeneration(recordKey(this.#prefix), newGeneration());
      this.#generation = new Generation(this.#prefix, record);
      this.#lastProblem = undefined;
      this.#isRefused = false;
      this.#changes.note(this.#generation, this.#log);
    } catch (error) {
      this.#noteProblem(error as Error);
      this.client.disconnect(true);
    }
  }
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    learnGeneration(key: string, generation: string): Result<string, Context>;
    readStampsBuffer(...given: ScriptArguments): Result<Buffer[], Context>;
    fenceKeys(...given: ScriptArguments): Result<number, Context>;
    dropKeys(...given: ScriptArguments): Result<number, Context>;
  }
}
