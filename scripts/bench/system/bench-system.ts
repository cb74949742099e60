import { join } from 'node:path';
import { ReplicatedClient } from '@featureos/introspection-client';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { CredentialFormat } from '#common/credentials/format.ts';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { newSecrets, type Secrets } from '../../stack/secrets.ts';
import { type Stack, startStack } from '../../stack/start-stack.ts';
import type { Settings } from '../options.ts';
import { checkResponses } from './check-responses.ts';
import { LiveTokens } from './live-tokens.ts';
import { ID_BASES, Tenancy } from './tenancy.ts';

/** Load goes to the first replica. The row `coalescing` of the bench uses the second one, and `revoke-to-deny` uses all. */
const REPLICAS = 3;
const CALL_TIMEOUT_MS = 30_000;
const APPS = 100;
/** Indexes of the live tokens whose responses are checked at the start: of many apps, in both actor modes. */
const CHECKED = Array.from({ length: 100 }, (_, at) => at * 19);

export interface BenchSystemOptions {
  /** The folder for files of tokens. */
  readonly folder: string;
  readonly settings: Settings;
  readonly onProgress: (line: string) => void;
  readonly interrupted: AbortSignal;
}

/** A stack with live tokens, its secrets, and connections to its Postgres and Redis. */
export class BenchSystem {
  readonly stack: Stack;
  readonly secrets: Secrets;
  readonly database: Client;
  readonly redis: Redis;
  readonly format: CredentialFormat;
  readonly tokens: LiveTokens;
  /** A client of the replica under load, with the gateway's service token. */
  readonly client: ReplicatedClient;

  private constructor(stack: Stack, secrets: Secrets, database: Client, tokens: LiveTokens) {
    this.stack = stack;
    this.secrets = secrets;
    this.database = database;
    this.tokens = tokens;
    this.format = new CredentialFormat([secrets.credentialKey]);
    this.redis = new Redis(stack.info.redis_url);
    const [address = ''] = stack.info.introspection.grpc.split(',');
    const serviceToken = secrets.tokens.gateway;
    const safeToRepeat = [IntrospectionService.method.batchIntrospect];
    this.client = new ReplicatedClient(
      { addresses: [address], serviceToken, timeoutMs: CALL_TIMEOUT_MS },
      safeToRepeat,
    );
  }

  /** Starts the stack and loads the live tokens. */
  static async start(options: BenchSystemOptions): Promise<BenchSystem> {
    const { folder, settings, onProgress, interrupted } = options;
    const secrets = newSecrets();
    // No limit, because the row `revoke-to-deny` of the bench refreshes the same install after each revocation.
    const authServer = { REFRESHES_PER_MINUTE: '0' };
    const stack = await startStack({ replicas: REPLICAS, secrets, authServer, onProgress, interrupted });
    try {
      const database = new Client({ connectionString: stack.info.database_url });
      await database.connect();
      const tenancy = new Tenancy(APPS, settings.organizations, ID_BASES.live);
      const format = new CredentialFormat([secrets.credentialKey]);
      const tokens = await LiveTokens.load(database, tenancy, format, join(folder, 'live.tokens'));
      const system = new BenchSystem(stack, secrets, database, tokens);
      await checkResponses(system.client, tokens, CHECKED);
      return system;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  /** Process id of the replica under load. */
  get introspectionPid(): number {
    return this.#pid('introspection-1');
  }

  get authServerPid(): number {
    return this.#pid('auth-server');
  }

  /** Process ids of the stack's Postgres and Redis, which must run on this host. */
  async dependencyPids(): Promise<{ readonly postgres: number; readonly redis: number }> {
    const { rows } = await this.database.query("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid");
    const [, redis] = /process_id:(\d+)/.exec(await this.redis.info('server')) as unknown as [string, string];
    return { postgres: Number(rows[0].pid), redis: Number(redis) };
  }

  async stop(): Promise<void> {
    this.client.close();
    this.redis.disconnect();
    await this.database.end().catch(() => {}); // Postgres may have ended first
    await this.stack.stop();
  }

  #pid(service: string): number {
    return this.stack.pids.get(service) as number;
  }
}
