import { STAMP_KEY_BYTES } from './keys.ts';

/**
 * Values in Redis: a byte for the kind, then fields with their sizes in bytes (docs/caching.md explains the protocol):
 *
 *     S id(8) fresh_until(6) expires_at(6) count(1) stamps(13 each) response   state of a token, with the encoded response
 *     L id(8)                                                                 lease: one reader may fill this entry
 *     F (change_id(8) until(13))+                                             fence of a token or stamp: changes in progress
 *     P id(6)                                                                 stamp
 *
 * A stamp in a state is its key (7 bytes, keys.ts) and the id (6) that it had when the state was read from Postgres. Times are
 * milliseconds since 1970, big endian (`until`: decimal digits); expires_at is 0 for an inactive token. The claim of a state or
 * a lease is its `kind + id`: a fill replaces an entry only if the entry still has the claim that its reader has seen or taken.
 */
export const ID_BYTES = 8;
export const STAMP_ID_BYTES = 6;
const CLAIM_BYTES = 1 + ID_BYTES;
const TIME_BYTES = 6;
const FRESH_UNTIL_OFFSET = CLAIM_BYTES;
const EXPIRES_OFFSET = FRESH_UNTIL_OFFSET + TIME_BYTES;
const COUNT_OFFSET = EXPIRES_OFFSET + TIME_BYTES;
export const STAMPS_OFFSET = COUNT_OFFSET + 1;
/** A stamp in a state. */
export const STAMP_BYTES = STAMP_KEY_BYTES + STAMP_ID_BYTES;

const STATE = 0x53; // 'S'
const LEASE = 0x4c; // 'L'
const STAMP = 0x50; // 'P'

export function encodeLease(id: Buffer): Buffer {
  return Buffer.concat([Buffer.of(LEASE), id]);
}

/** A state. `id`: 8 bytes; `stamps`: from encodeStamps(); times in ms since 1970. */
export function encodeState(
  id: Buffer,
  freshUntil: number,
  expiresAt: number,
  stamps: Uint8Array,
  response: Uint8Array,
): Buffer {
  const entry = Buffer.allocUnsafe(STAMPS_OFFSET + stamps.length + response.length);
  entry[0] = STATE;
  entry.set(id, 1);
  entry.writeUIntBE(freshUntil, FRESH_UNTIL_OFFSET, TIME_BYTES);
  entry.writeUIntBE(expiresAt, EXPIRES_OFFSET, TIME_BYTES);
  entry[COUNT_OFFSET] = stamps.length / STAMP_BYTES;
  entry.set(stamps, STAMPS_OFFSET);
  entry.set(response, STAMPS_OFFSET + stamps.length);
  return entry;
}

export function encodeStamps(stamps: readonly { readonly key: Uint8Array; readonly id: Uint8Array }[]): Buffer {
  return Buffer.concat(stamps.flatMap(({ key, id }) => [key, id]));
}

/** The id of a stamp in Redis; undefined for a fence. */
export function stampIdIn(value: Buffer): Buffer | undefined {
  return value[0] === STAMP && value.length === 1 + STAMP_ID_BYTES ? value.subarray(1) : undefined;
}

export const isLease = (value: Buffer): boolean => value[0] === LEASE;

/** Whether it is a complete state, which the functions below require. */
export const isState = (entry: Buffer): boolean =>
  entry[0] === STATE && entry.length >= STAMPS_OFFSET && entry.length >= stampsEnd(entry);

/** The offset after the stamps of a state. */
export const stampsEnd = (state: Buffer): number => STAMPS_OFFSET + (state[COUNT_OFFSET] as number) * STAMP_BYTES;
export const freshUntilOf = (state: Buffer): number => state.readUIntBE(FRESH_UNTIL_OFFSET, TIME_BYTES);
export const expiresAtOf = (state: Buffer): number => state.readUIntBE(EXPIRES_OFFSET, TIME_BYTES);
export const claimOf = (state: Buffer): Buffer => state.subarray(0, CLAIM_BYTES);
export const stampsOf = (state: Buffer): Buffer => state.subarray(STAMPS_OFFSET, stampsEnd(state));
export const responseOf = (state: Buffer): Buffer => state.subarray(stampsEnd(state));
