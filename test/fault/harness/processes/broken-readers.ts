import { systemClock } from '../../../../services/common/process/clock.ts';
import type { TokenStateReader } from '../../../../services/common/token-state/cache.ts';
import { encodeLease, encodeState, KEY_HASH_BYTES } from '../../../../services/common/token-state/entry.ts';
import type { RedisConnection } from '../../../../services/common/token-state/redis-connection.ts';
import type { Answer } from '../../../../services/introspection/source/answer.ts';
import type { AnswerSource } from '../../../../services/introspection/source/answer-source.ts';

const STATE_LIFE_MS = 60_000;

/** Whoever misses fills, with a plain SET. */
export function fillingWithoutLease(cache: TokenStateReader, redis: RedisConnection): TokenStateReader {
  return {
    async read(tokenHash) {
      const read = await cache.read(tokenHash);
      return read.kind === 'state'
        ? read
        : { kind: 'miss', lease: { key: redis.key(tokenHash), claim: encodeLease() } };
    },
    async fill({ key }, answer, expiresAt) {
      await redis.client.set(key, freshState(answer, expiresAt), 'PX', STATE_LIFE_MS);
    },
  };
}

/** A lease that was taken from the Redis before also fills the one that has taken its place, where nothing is there yet. */
export function fillingAnyEpoch(cache: TokenStateReader, redis: RedisConnection): TokenStateReader {
  return {
    read: (tokenHash) => cache.read(tokenHash),
    async fill(lease, answer, expiresAt) {
      const key = redis.key(lease.key.subarray(-KEY_HASH_BYTES));
      if (key.equals(lease.key)) return cache.fill(lease, answer, expiresAt);
      await redis.client.set(key, freshState(answer, expiresAt), 'PX', STATE_LIFE_MS, 'NX');
    },
  };
}

function freshState(answer: Uint8Array, expiresAt: number): Buffer {
  return encodeState(answer, systemClock.now() + STATE_LIFE_MS, expiresAt);
}

/** Single-flight as it is usually written. */
export function joiningReadsUnderWay(source: AnswerSource): AnswerSource {
  const flights = new Map<string, Promise<Answer>>();
  return {
    answer(tokenHash, deadline) {
      const key = tokenHash.toString('latin1');
      const flight = flights.get(key) ?? source.answer(tokenHash, deadline);
      flights.set(key, flight);
      const forget = () => flights.delete(key);
      flight.then(forget, forget);
      return flight;
    },
  };
}
