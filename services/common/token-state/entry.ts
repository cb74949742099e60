import { randomBytes } from 'node:crypto';

/**
 * What Redis holds for one token. The first byte tells the kind:
 *
 *     S id(8) fresh_until(6) expires_at(6) answer     state: the encoded answer
 *     L id(8)                                         lease: one reader may fill this entry
 *     F change_id(8)+                                 fence: changes under way; nobody may fill
 *
 * Times are milliseconds since 1970, big endian; an expires_at of 0 means that the answer does not expire by itself.
 * `kind + id` is what a fill must still find in order to replace it, so it is called the claim.
 */
export const ID_BYTES = 8;
export const CLAIM_BYTES = 1 + ID_BYTES;
/**
 * What a key has of its token hash, after the prefix and the epoch: half of a SHA-256 leaves 128 bits between any two tokens,
 * as many as the hash of an unguessable secret needs, and a shorter key is memory that Redis does not take for each token.
 */
export const KEY_HASH_BYTES = 16;
const TIME_BYTES = 6;
const ANSWER_AT = CLAIM_BYTES + 2 * TIME_BYTES;

export const KIND_STATE = 0x53; // 'S'
export const KIND_LEASE = 0x4c; // 'L'

/** A state entry, decoded without copying the answer. */
export interface StateEntry {
  readonly claim: Buffer;
  readonly freshUntil: number;
  readonly expiresAt: number;
  readonly answer: Buffer;
}

/** Ids need only differ from others of the same entry within its life. */
export const newId = (): Buffer => randomBytes(ID_BYTES);

export function encodeLease(): Buffer {
  return Buffer.concat([Buffer.of(KIND_LEASE), newId()]);
}

export function encodeState(answer: Uint8Array, freshUntil: number, expiresAt: number): Buffer {
  const entry = Buffer.allocUnsafe(ANSWER_AT + answer.length);
  entry[0] = KIND_STATE;
  newId().copy(entry, 1);
  entry.writeUIntBE(freshUntil, CLAIM_BYTES, TIME_BYTES);
  entry.writeUIntBE(expiresAt, CLAIM_BYTES + TIME_BYTES, TIME_BYTES);
  entry.set(answer, ANSWER_AT);
  return entry;
}

/** The state in `entry`; undefined for a lease, a fence, or nothing. */
export function decodeState(entry: Buffer | null): StateEntry | undefined {
  if (entry === null || entry[0] !== KIND_STATE || entry.length < ANSWER_AT) return undefined;
  return {
    claim: entry.subarray(0, CLAIM_BYTES),
    freshUntil: entry.readUIntBE(CLAIM_BYTES, TIME_BYTES),
    expiresAt: entry.readUIntBE(CLAIM_BYTES + TIME_BYTES, TIME_BYTES),
    answer: entry.subarray(ANSWER_AT),
  };
}

/** When the state in `octets[start, end)` is fresh until; 0 for a lease, a fence, or nothing that we know. */
export function freshUntil(octets: Buffer, start: number, end: number): number {
  if (octets[start] !== KIND_STATE || end - start < ANSWER_AT) return 0;
  return octets.readUIntBE(start + CLAIM_BYTES, TIME_BYTES);
}

/** The expiry and the answer of a state in `octets[start, end)`, of which `freshUntil` has told that it is one. */
export const expiryIn = (octets: Buffer, start: number): number =>
  octets.readUIntBE(start + CLAIM_BYTES + TIME_BYTES, TIME_BYTES);
export const answerIn = (octets: Buffer, start: number, end: number): Buffer => octets.subarray(start + ANSWER_AT, end);
