/** Protobuf tags of IntrospectResponse: field number and wire type. Fields are encoded in the order of their numbers. */
const ACTIVE_TAG = (1 << 3) | 0;
const CLIENT_ID_TAG = (3 << 3) | 2;
const INSTALL_ID_TAG = (4 << 3) | 2;
const UUID_LENGTH = 36;

/**
 * The install id in an encoded answer, without decoding the rest. Undefined for an inactive answer, and for any layout that
 * is not the expected one (client ids are shorter than 128 bytes).
 */
export function installIdOf(answer: Uint8Array): string | undefined {
  if (answer[0] !== ACTIVE_TAG || answer[1] !== 1 || answer[2] !== CLIENT_ID_TAG) return undefined;
  const at = 4 + (answer[3] ?? 0);
  if (answer[at] !== INSTALL_ID_TAG || answer[at + 1] !== UUID_LENGTH) return undefined;
  return Buffer.from(answer.buffer, answer.byteOffset + at + 2, UUID_LENGTH).toString('latin1');
}
