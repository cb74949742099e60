import { create } from '@bufbuild/protobuf';
import { TokenStateSchema } from '../../gen/featureos/oauth/internal/v1/token_state_pb.ts';
import { GetTokenStatesResponseSchema } from '../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import type { TokenStateCache } from '../../services/auth-server/token-state/cache.ts';
import type { StampSnapshot } from '../../services/auth-server/token-state/stamp-snapshot.ts';
import { type Clock, systemClock } from '../../services/common/process/clock.ts';
import { createLog } from '../../services/common/process/log.ts';
import type { StampRef } from '../../services/common/token-state/keys.ts';
import type { RedisOptions } from '../../services/common/token-state/redis-options.ts';
import type { StateSource } from '../../services/introspection/read-path/auth-server.ts';
import { EntryCache } from '../../services/introspection/read-path/redis/entry-cache.ts';
import { StateLoader } from '../../services/introspection/read-path/state-loader.ts';
import { TokenReader } from '../../services/introspection/read-path/token-reader.ts';
import { untilReady } from './redis.ts';

/** Reads the database in place of auth-server. */
export interface DatabaseReader {
  /** The stamps of every token of the test. */
  readonly stamps: readonly StampRef[];
  /** The current state of a token in Postgres, as text. */
  read(tokenHash: Buffer): Promise<string>;
}

/** Responds as auth-server does: it reads Postgres, the stamps, and Postgres again if a stamp may have changed meanwhile. */
export function stateSource(stamps: TokenStateCache, database: DatabaseReader): StateSource {
  return {
    async getTokenStates(tokenHashes) {
      const { version } = stamps;
      const readAll = () => Promise.all(tokenHashes.map((hash) => database.read(hash)));
      const responses = await readAll();
      const read = await stamps.readStamps(database.stamps).catch(() => undefined);
      const isCurrent = read === undefined || read.hasVersion(version);
      return statesResponse(read, database.stamps, isCurrent ? responses : await readAll());
    },
  };
}

/** A response with the same stamps for every state. */
export function statesResponse(
  read: StampSnapshot | undefined,
  refs: readonly StampRef[],
  responses: readonly string[],
) {
  const encoded = read?.encode(refs);
  const cacheable = encoded !== undefined;
  const stamps = Uint8Array.from(encoded ?? []);
  const states = responses.map((text) =>
    create(TokenStateSchema, { response: Uint8Array.from(Buffer.from(text)), cacheable, stamps }),
  );
  return create(GetTokenStatesResponseSchema, { generation: Uint8Array.from(read?.generation ?? []), states });
}

/** The part of `EntryCache` that the read path uses. */
export type Entries = Pick<EntryCache, 'read' | 'lease' | 'fill' | 'generation'>;

/**
 * The read path of a replica over these entries. Each call of `introspect` is one Introspect call, and resolves with the
 * response as text.
 */
export function readPathOver(cache: Entries, source: StateSource, clock: Clock = systemClock) {
  const limits = { maxRequestsInFlight: 4, maxQueueLength: 1_000 };
  const loader = new StateLoader({ cache, source, clock, limits });
  const reader = new TokenReader({ cache, loader, clock });
  const introspect = (tokenHash: Buffer, deadline = Number.POSITIVE_INFINITY) =>
    new Promise<string>((resolve, fail) => {
      const respond = (bytes: Uint8Array) => resolve(Buffer.from(bytes).toString());
      reader.read(tokenHash, { deadline, span: undefined }, { respond, fail });
    });
  return { introspect, loader, reader };
}

/** The cache of a replica. Resolves when it is connected. */
export async function entryCache(redis: RedisOptions): Promise<EntryCache> {
  const cache = new EntryCache(redis, createLog('test', 'silent'));
  await untilReady(cache);
  return cache;
}
