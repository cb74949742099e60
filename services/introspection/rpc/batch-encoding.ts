/** Field 1 of BatchIntrospectResponse, length-delimited. */
const RESPONSES_TAG = (1 << 3) | 2;

/** A BatchIntrospectResponse around answers that are encoded already (protobuf wire format: tag, length, bytes). */
export function encodeBatch(answers: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const { length } of answers) size += 1 + varintSize(length) + length;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const answer of answers) {
    bytes[at++] = RESPONSES_TAG;
    let rest = answer.length;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    bytes.set(answer, at);
    at += answer.length;
  }
  return bytes;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) size++;
  return size;
}
