import { encodeStamps } from './entry.ts';
import { type StampKind, type StampRef, stampKey } from './keys.ts';

/** Stamps as they stood at one time in one generation. */
export class StampsRead {
  /** 8 bytes. */
  readonly generation: Buffer;
  /** The version of all stamps then, 6 bytes; undefined while one is fenced. */
  readonly version: Buffer | undefined;
  /** As they stand in a state, by id. */
  readonly #encoded: Readonly<Record<StampKind, Map<number, Buffer>>> = {
    app: new Map(),
    organization: new Map(),
    user: new Map(),
  };

  /** `ids`: 6 bytes for each of `refs`, undefined where it is fenced: nothing may be cached under it. */
  constructor(
    generation: Buffer,
    version: Buffer | undefined,
    refs: readonly StampRef[],
    ids: readonly (Buffer | undefined)[],
  ) {
    this.generation = generation;
    this.version = version;
    for (const [index, ref] of refs.entries()) {
      const id = ids[index];
      if (id !== undefined) this.#encoded[ref.kind].set(ref.id, encodeStamps([{ key: stampKey(ref), id }]));
    }
  }

  /** Whether no change of a stamp has been in progress since this was the version: these are as good as read then. */
  isStill(version: Buffer | undefined): boolean {
    return version !== undefined && this.version?.equals(version) === true;
  }

  /** The stamps of a state; undefined if one does not stand or was not read. */
  encode(refs: readonly StampRef[]): Buffer | undefined {
    const encoded: Buffer[] = [];
    for (const { kind, id } of refs) {
      const stamp = this.#encoded[kind].get(id);
      if (stamp === undefined) return undefined;
      encoded.push(stamp);
    }
    return Buffer.concat(encoded);
  }
}
