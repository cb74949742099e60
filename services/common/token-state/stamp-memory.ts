import type { Clock } from '../process/clock.ts';
import { encodeStamps, STAMP_BYTES } from './entry.ts';
import { type CacheKey, type StampKind, type StampRef, stampKey, stampRefIn } from './keys.ts';

/**
 * How long a stamp is remembered. After another auth-server has changed what it stands for, tokens below it are asked about
 * again and again for this long: what is cached under the old stamp is no answer.
 */
const LIFE_MS = 2_000;
/** Bounds memory to some 20 MB. */
const MAX_STAMPS = 100_000;

interface RememberedStamp {
  /** As it stands in a state. */
  readonly encoded: Buffer;
  /** The number of the read that found this id first. */
  readonly firstRead: number;
  forgetAt: number;
}

/**
 * Stamps that were read in one generation, for a short time. Nothing relies on their being current: a state under a stamp that
 * has gone since is never an answer, because its id never comes back. They must only have been read before the state was.
 */
export class StampMemory {
  /** 8 bytes. */
  readonly generation: Buffer;
  readonly #clock: Clock;
  readonly #stamps: Readonly<Record<StampKind, Map<number, RememberedStamp>>> = {
    app: new Map(),
    organization: new Map(),
    user: new Map(),
  };
  #reads = 0;

  constructor(generation: Buffer, clock: Clock) {
    this.generation = generation;
    this.#clock = clock;
  }

  /** Those that are remembered now, for states that are read after this. */
  known(): KnownStamps {
    const lastRead = this.#reads;
    return {
      generation: this.generation,
      encode: (refs) => {
        const encoded = Buffer.allocUnsafe(STAMP_BYTES * refs.length);
        let at = 0;
        for (const ref of refs) {
          const stamp = this.#get(ref);
          if (stamp === undefined || stamp.firstRead > lastRead) return undefined;
          encoded.set(stamp.encoded, at);
          at += STAMP_BYTES;
        }
        return encoded;
      },
    };
  }

  /** What has just been read: ids of 6 bytes, undefined where a fence was found. */
  remember(refs: readonly StampRef[], ids: readonly (Buffer | undefined)[]): void {
    this.#reads++;
    if (this.#size + refs.length > MAX_STAMPS) for (const stamps of Object.values(this.#stamps)) stamps.clear();
    const forgetAt = this.#clock.now() + LIFE_MS;
    for (const [index, ref] of refs.entries()) {
      const id = ids[index];
      const stamps = this.#stamps[ref.kind];
      if (id === undefined) {
        stamps.delete(ref.id);
        continue;
      }
      const encoded = encodeStamps([{ key: stampKey(ref), id }]);
      const before = stamps.get(ref.id);
      if (before?.encoded.equals(encoded)) before.forgetAt = forgetAt;
      else stamps.set(ref.id, { encoded, firstRead: this.#reads, forgetAt });
    }
  }

  /** Of stamps that are being changed; other keys are ignored. */
  forget(keys: readonly CacheKey[]): void {
    for (const key of keys) {
      const ref = stampRefIn(key);
      if (ref !== undefined) this.#stamps[ref.kind].delete(ref.id);
    }
  }

  get #size(): number {
    const { app, organization, user } = this.#stamps;
    return app.size + organization.size + user.size;
  }

  #get({ kind, id }: StampRef): RememberedStamp | undefined {
    const stamp = this.#stamps[kind].get(id);
    return stamp !== undefined && stamp.forgetAt > this.#clock.now() ? stamp : undefined;
  }
}

/** Stamps as they stood before some moment, in one generation. */
export interface KnownStamps {
  /** 8 bytes. */
  readonly generation: Buffer;
  /** For a state that was read after that moment; undefined if one is not known: the state must not be cached. */
  encode(refs: readonly StampRef[]): Buffer | undefined;
}
