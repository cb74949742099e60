import { create } from '@bufbuild/protobuf';
import { TokenStateSchema } from '../../gen/featureos/oauth/internal/v1/token_state_pb.ts';
import { GetTokenStatesResponseSchema } from '../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { type Clock, systemClock } from '../../services/common/process/clock.ts';
import { createLog } from '../../services/common/process/log.ts';
import type { StampReader } from '../../services/common/token-state/cache.ts';
import type { StampRef } from '../../services/common/token-state/keys.ts';
import type { RedisOptions } from '../../services/common/token-state/redis-connection.ts';
import type { KnownStamps } from '../../services/common/token-state/stamp-memory.ts';
import type { StateSource } from '../../services/introspection/read-path/auth-server.ts';
import { Misses } from '../../services/introspection/read-path/miss.ts';
import { TokenReads } from '../../services/introspection/read-path/read.ts';
import { EntryCache } from '../../services/introspection/read-path/redis/entry-cache.ts';
import { untilReady } from './redis.ts';

/** What a test says in place of auth-server. */
export interface Truth {
  /** What every token of the test hangs under. */
  readonly stamps: readonly StampRef[];
  /** What Postgres says of a token now, as text. */
  read(tokenHash: Buffer): Promise<string>;
}

/** Answers questions as auth-server does: the stamps first, then Postgres. */
export function stateSource(stamps: StampReader, truth: Truth): StateSource {
  return {
    async getTokenStates(tokenHashes) {
      const known = await stampsFor(truth.stamps, stamps).catch(() => undefined);
      const answers = await Promise.all(tokenHashes.map((hash) => truth.read(hash)));
      return statesResponse(known, truth.stamps, answers);
    },
  };
}

/** Stamps for states that are read after this: what is remembered, if it is enough. */
export async function stampsFor(refs: readonly StampRef[], stamps: StampReader): Promise<KnownStamps> {
  const known = stamps.knownStamps();
  return known?.encode(refs) === undefined ? await stamps.readStamps(refs) : known;
}

/** The response to a question: the same stamps for every answer. */
export function statesResponse(known: KnownStamps | undefined, refs: readonly StampRef[], answers: readonly string[]) {
  const encoded = known?.encode(refs);
  const cacheable = encoded !== undefined;
  const stamps = Uint8Array.from(encoded ?? []);
  const states = answers.map((answer) =>
    create(TokenStateSchema, { answer: Uint8Array.from(Buffer.from(answer)), cacheable, stamps }),
  );
  return create(GetTokenStatesResponseSchema, { generation: Uint8Array.from(known?.generation ?? []), states });
}

/** The cache as `EntryCache`, as far as the read path needs it. */
export type Entries = Pick<EntryCache, 'read' | 'lease' | 'fill' | 'generation'>;

/** The read path of a replica over these entries; each call of `introspect` is one Introspect, answered with text. */
export function readPathOver(cache: Entries, source: StateSource, clock: Clock = systemClock) {
  const misses = new Misses({ cache, source, clock, bounds: { questionsInFlight: 4, queueLength: 1_000 } });
  const reads = new TokenReads({ cache, misses, clock });
  const introspect = (tokenHash: Buffer, deadline = Number.POSITIVE_INFINITY) =>
    new Promise<string>((resolve, refuse) => {
      const respond = (bytes: Uint8Array) => resolve(Buffer.from(bytes).toString());
      reads.answer(tokenHash, deadline, { respond, refuse });
    });
  return { introspect, misses, reads };
}

/** A connection of a replica, once it stands. */
export async function entryCache(redis: RedisOptions): Promise<EntryCache> {
  const cache = new EntryCache(redis, createLog('test', 'silent'));
  await untilReady(cache);
  return cache;
}
