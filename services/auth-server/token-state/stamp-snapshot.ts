import { encodeStamps, STAMP_BYTES } from '#common/token-state/entry.ts';
import { type StampKind, type StampRef, stampKey } from '#common/token-state/keys.ts';

/** Stamps that were read together in one generation. */
export class StampSnapshot {
  /** 8 bytes. */
  readonly generation: Buffer;
  /** The version of all stamps then, 6 bytes; undefined if it was not read, or if any stamp was fenced, even one not read. */
  readonly version: Buffer | undefined;
  /** Encoded as in a state, by the id of the app, organization or user. */
  readonly #encoded: Readonly<Record<StampKind, Map<number, Buffer>>> = {
    app: new Map(),
    organization: new Map(),
    user: new Map(),
  };

  /** `stampIds`: 6 bytes for each of `refs`; undefined for a fenced or missing stamp, with which nothing may be cached. */
  constructor(
    generation: Buffer,
    version: Buffer | undefined,
    refs: readonly StampRef[],
    stampIds: readonly (Buffer | undefined)[],
  ) {
    this.generation = generation;
    this.version = version;
    for (const [index, ref] of refs.entries()) {
      const id = stampIds[index];
      if (id !== undefined) this.#encoded[ref.kind].set(ref.id, encodeStamps([{ key: stampKey(ref), id }]));
    }
  }

  /**
   * Whether this snapshot has the given version, which was read earlier: then no stamp changed in between, so the snapshot is
   * also valid for the earlier time.
   */
  hasVersion(version: Buffer | undefined): boolean {
    return version !== undefined && this.version?.equals(version) === true;
  }

  /** The encoded stamps of a state; undefined if one was fenced, missing or not read. */
  encode(refs: readonly StampRef[]): Buffer | undefined {
    const encoded = Buffer.allocUnsafe(refs.length * STAMP_BYTES);
    for (const [index, { kind, id }] of refs.entries()) {
      const stamp = this.#encoded[kind].get(id);
      if (stamp === undefined) return undefined;
      encoded.set(stamp, index * STAMP_BYTES);
    }
    return encoded;
  }
}
