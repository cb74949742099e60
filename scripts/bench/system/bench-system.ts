import { join } from 'node:path';
import { Client } from 'pg';
import { CredentialFormat } from '#common/credentials/format.ts';
import { Secret } from '#common/credentials/secret.ts';
import { ReplicatedClient } from '#common/rpc/replicated-client/replicated-client.ts';
import { RedisConnection } from '#common/token-state/redis-connection.ts';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { newSecrets, type StackSecrets } from '../../stack/settings.ts';
import { type Stack, startStack } from '../../stack/start-stack.ts';
import { checkAnswers } from './check-answers.ts';
import { fillCache } from './fill-cache.ts';
import { LiveTokens } from './live-tokens.ts';
import { Tenancy } from './tenancy.ts';

/** revoke-to-deny asks all of them; the load goes to the first one. */
const REPLICAS = 3;
const REDIS_TIMEOUT_MS = 5_000;
const CALL_TIMEOUT_MS = 30_000;
/** 10,000 live tokens for the rows that are not about their number. */
const [APPS, ORGANIZATIONS, ID_BASE] = [100, 100, 100_000_000];
/** Of those, some of every kind: what the cache is filled with must be what auth-server says. */
const CHECKED = Array.from({ length: 100 }, (_, at) => at * 97);
/**
 * Answers are fresh for 60 s; then introspection asks again, which costs what a miss costs (the row scale has it). With
 * what is left after this time, a run of some seconds meets fresh ones only.
 */
const FILL_AGAIN_AFTER_MS = 40_000;

/** A whole stack with live tokens in it, and the ways into it that a bench needs and a caller does not have. */
export class BenchSystem {
  readonly stack: Stack;
  readonly secrets: StackSecrets;
  readonly database: Client;
  readonly redis: RedisConnection;
  readonly format: CredentialFormat;
  readonly tokens: LiveTokens;
  /** To the replica that the load goes to, as a gateway. */
  readonly client: ReplicatedClient;
  #cachedAt = Number.NEGATIVE_INFINITY;

  private constructor(stack: Stack, secrets: StackSecrets, database: Client, tokens: LiveTokens) {
    this.stack = stack;
    this.secrets = secrets;
    this.database = database;
    this.tokens = tokens;
    this.format = new CredentialFormat([secrets.credentialKey]);
    this.redis = connectRedis(stack);
    const [address = ''] = stack.info.introspection.grpc.split(',');
    const serviceToken = new Secret(secrets.tokens.gateway);
    const safeToRepeat = [IntrospectionService.method.batchIntrospect];
    this.client = new ReplicatedClient(
      { addresses: [address], serviceToken, timeoutMs: CALL_TIMEOUT_MS },
      safeToRepeat,
    );
  }

  /** Tokens are packed into files in `folder`. */
  static async start(
    folder: string,
    onProgress: (line: string) => void,
    interrupted: AbortSignal,
  ): Promise<BenchSystem> {
    const secrets = newSecrets();
    const stack = await startStack({ replicas: REPLICAS, secrets, onProgress, interrupted });
    try {
      const database = new Client({ connectionString: stack.info.database_url });
      await database.connect();
      const tenancy = new Tenancy(APPS, ORGANIZATIONS, ID_BASE);
      const format = new CredentialFormat([secrets.credentialKey]);
      const tokens = await LiveTokens.load(database, tenancy, format, join(folder, 'live.tokens'));
      const system = new BenchSystem(stack, secrets, database, tokens);
      await system.redis.waitUntilReady(REDIS_TIMEOUT_MS);
      await checkAnswers(system.client, tokens, CHECKED);
      return system;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  /** The process id of a service of the stack. */
  pid(service: string): number {
    return this.stack.pids.get(service) as number;
  }

  /** Sees to it that the live tokens are in the cache, and fresh for the next run. */
  async keepCached(): Promise<void> {
    if (performance.now() - this.#cachedAt < FILL_AGAIN_AFTER_MS) return;
    // From the beginning: that is how old the first answer is.
    this.#cachedAt = performance.now();
    await fillCache(this.redis, this.tokens, FILL_AGAIN_AFTER_MS);
  }

  async stop(): Promise<void> {
    this.client.close();
    this.redis.close();
    await this.database.end().catch(() => {}); // it may have gone before
    await this.stack.stop();
  }
}

/** The connection that services have, for its keys are of the server's epoch. */
function connectRedis(stack: Stack): RedisConnection {
  return new RedisConnection({
    url: stack.info.redis_url,
    keyPrefix: 'oauth:', // the services' default
    commandTimeoutMs: REDIS_TIMEOUT_MS,
  });
}
