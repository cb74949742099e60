import { gunzipSync } from 'node:zlib';
import { trailersOnly } from './responses.ts';
import { StatusCode } from './status.ts';

/** What is wrong with a compressed message, each as the field block of its answer. */
const TOO_LARGE = trailersOnly({ code: StatusCode.RESOURCE_EXHAUSTED, message: 'the message is too large' });
const BROKEN = trailersOnly({ code: StatusCode.INTERNAL, message: 'the message cannot be decompressed' });

/** A message that was compressed with gzip, of at most `maxBytes`; or the field block of the answer that refuses it. */
export function decompress(message: Buffer, maxBytes: number): { message: Buffer } | { fault: Buffer } {
  try {
    return { message: gunzipSync(message, { maxOutputLength: maxBytes }) };
  } catch (error) {
    return { fault: (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? TOO_LARGE : BROKEN };
  }
}
