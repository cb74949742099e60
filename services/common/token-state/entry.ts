import { STAMP_KEY_BYTES } from './keys.ts';

/**
 * What Redis holds. The first byte tells the kind (docs/caching.md explains the protocol):
 *
 *     S id(8) fresh_until(6) expires_at(6) count(1) stamps(13 each) answer     state of a token: the encoded answer
 *     L id(8)                                                                 lease: one reader may fill this entry
 *     F (change_id(8) until(13))+                                             fence, of a token or a stamp: changes in progress
 *     P id(6)                                                                 stamp that stands
 *
 * A stamp in a state is its key (kind, id) and the id that it had when the answer was read from Postgres. Times are
 * milliseconds since 1970, big endian (`until`: decimal); an expires_at of 0 means that the answer does not expire by itself.
 * `kind + id` of a state or a lease is what a fill must still find in order to replace it: the claim.
 */
export const ID_BYTES = 8;
export const STAMP_ID_BYTES = 6;
const CLAIM_BYTES = 1 + ID_BYTES;
const TIME_BYTES = 6;
const FRESH_UNTIL_AT = CLAIM_BYTES;
const EXPIRES_AT = FRESH_UNTIL_AT + TIME_BYTES;
const COUNT_AT = EXPIRES_AT + TIME_BYTES;
/** Where the stamps of a state begin. */
export const STAMPS_AT = COUNT_AT + 1;
/** One stamp within a state. */
export const STAMP_BYTES = STAMP_KEY_BYTES + STAMP_ID_BYTES;

const STATE = 0x53; // 'S'
const LEASE = 0x4c; // 'L'
const STAMP = 0x50; // 'P'

/** The claim of a lease with this id. */
export function encodeLease(id: Buffer): Buffer {
  return Buffer.concat([Buffer.of(LEASE), id]);
}

/** A state. `id`: 8 bytes; `stamps`: what encodeStamps() has made; times in ms since 1970. */
export function encodeState(
  id: Buffer,
  freshUntil: number,
  expiresAt: number,
  stamps: Uint8Array,
  answer: Uint8Array,
): Buffer {
  const entry = Buffer.allocUnsafe(STAMPS_AT + stamps.length + answer.length);
  entry[0] = STATE;
  entry.set(id, 1);
  entry.writeUIntBE(freshUntil, FRESH_UNTIL_AT, TIME_BYTES);
  entry.writeUIntBE(expiresAt, EXPIRES_AT, TIME_BYTES);
  entry[COUNT_AT] = stamps.length / STAMP_BYTES;
  entry.set(stamps, STAMPS_AT);
  entry.set(answer, STAMPS_AT + stamps.length);
  return entry;
}

/** The stamps of a state, each with the value that Redis had for its key. */
export function encodeStamps(stamps: readonly { readonly key: Uint8Array; readonly id: Uint8Array }[]): Buffer {
  return Buffer.concat(stamps.flatMap(({ key, id }) => [key, id]));
}

/** The id of the stamp that a value in Redis is; undefined for a fence. */
export function stampIdIn(value: Buffer): Buffer | undefined {
  return value[0] === STAMP && value.length === 1 + STAMP_ID_BYTES ? value.subarray(1) : undefined;
}

/** Whether `bytes[start, end)` is a state, whole. The functions below read one. */
export function isState(bytes: Buffer, start: number, end: number): boolean {
  return (
    bytes[start] === STATE &&
    end - start >= STAMPS_AT &&
    end - start >= STAMPS_AT + stampCount(bytes, start) * STAMP_BYTES
  );
}

export const stampCount = (bytes: Buffer, start: number): number => bytes[start + COUNT_AT] as number;
export const freshUntilOf = (bytes: Buffer, start: number): number =>
  bytes.readUIntBE(start + FRESH_UNTIL_AT, TIME_BYTES);
export const expiresAtOf = (bytes: Buffer, start: number): number => bytes.readUIntBE(start + EXPIRES_AT, TIME_BYTES);
export const claimOf = (bytes: Buffer, start: number): Buffer => bytes.subarray(start, start + CLAIM_BYTES);
export const responseOf = (bytes: Buffer, start: number, end: number): Buffer =>
  bytes.subarray(start + STAMPS_AT + stampCount(bytes, start) * STAMP_BYTES, end);
export const stampsOf = (bytes: Buffer, start: number): Buffer =>
  bytes.subarray(start + STAMPS_AT, start + STAMPS_AT + stampCount(bytes, start) * STAMP_BYTES);
