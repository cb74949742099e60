import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ClientStore, FoundClient, HashedCredential } from '../domain/app/client-store.ts';
import { BatchQueue } from '../domain/batch-queue.ts';
import type { AppId, OrganizationId, SecretId } from '../domain/ids.ts';
import type { AuthorizationCode } from '../domain/token/code-store.ts';
import type { TokenPair } from '../domain/token/token-store.ts';
import { isStorable } from './app-store.ts';
import { codeWithHash } from './code-store.ts';
import type { Schema } from './schema.ts';
import { pairWithHashes } from './token-store.ts';

interface Request {
  readonly clientId: string;
  readonly secretHash: CredentialHash;
  readonly presented: HashedCredential | undefined;
  readonly now: Date;
}
type Row = {
  readonly place: number;
  readonly clientAppId: AppId;
  readonly clientOwnerId: OrganizationId;
  readonly secretId: SecretId;
} & ({ readonly id: null } | AuthorizationCode | TokenPair);

/** A batch is one statement. One at a time in each queue: two statements of half the size would cost nearly twice as much. */
const BATCHES = { maxRunning: 1, maxBatchSize: 64, maxQueued: 10_000, maxWaitMs: 5_000 };

export class PgClientStore implements ClientStore {
  readonly #db: Kysely<Schema>;
  readonly #withCode = new BatchQueue((requests: readonly Request[]) => this.#findAll(requests, CODE), BATCHES);
  readonly #withPair = new BatchQueue((requests: readonly Request[]) => this.#findAll(requests, PAIR), BATCHES);

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async find(
    clientId: string,
    secretHash: CredentialHash,
    presented: HashedCredential | undefined,
    now: Date,
  ): Promise<FoundClient | undefined> {
    if (!isStorable(clientId)) return undefined;
    const queue = presented?.kind === 'authorization_code' ? this.#withCode : this.#withPair;
    return queue.run({ clientId, secretHash, presented, now });
  }

  /** `presented`: selects the code or the pair of tokens that a request presents. */
  async #findAll(requests: readonly Request[], presented: RawBuilder<unknown>): Promise<(FoundClient | undefined)[]> {
    const column = <T>(of: (request: Request) => T) => requests.map(of);
    const hashes = (kind: HashedCredential['kind']) =>
      column((request) => (request.presented?.kind === kind ? request.presented.hash : null));
    const { rows } = await sql<Row>`
      SELECT place, client.app_id AS "clientAppId", client.owner_id AS "clientOwnerId",
        client.secret_id AS "secretId", presented.*
      FROM unnest(
        ${column(({ clientId }) => clientId)}::text[], ${column(({ secretHash }) => secretHash)}::bytea[],
        ${column(({ now }) => now)}::timestamptz[], ${hashes('authorization_code')}::bytea[],
        ${hashes('access_token')}::bytea[], ${hashes('refresh_token')}::bytea[]
      ) WITH ORDINALITY AS request (client_id, secret_hash, now, code, access_token, refresh_token, place)
      CROSS JOIN LATERAL public.find_client(request.client_id, request.secret_hash, request.now) AS client
      LEFT JOIN LATERAL (${presented}) AS presented ON true`.execute(this.#db);
    const found = new Map(rows.map((row) => [row.place, row]));
    return requests.map(({ clientId }, index) => toFoundClient(clientId, found.get(index + 1)));
  }
}

const CODE = codeWithHash(sql`request.code`);
const PAIR = pairWithHashes(sql`request.access_token`, sql`request.refresh_token`);

function toFoundClient(clientId: string, row: Row | undefined): FoundClient | undefined {
  if (row === undefined) return undefined;
  const { place: _, clientAppId, clientOwnerId, secretId, ...presented } = row;
  const client = { id: clientAppId, clientId, ownerId: clientOwnerId, secretId };
  if (presented.id === null) return { client };
  return 'codeId' in presented ? { client, pair: presented } : { client, code: presented };
}
