import { gunzipSync } from 'node:zlib';
import { MessageError } from './message-assembly.ts';
import { trailersOnly } from './responses.ts';
import { StatusCode } from './status.ts';

const CORRUPT = trailersOnly({ code: StatusCode.INTERNAL, message: 'the message cannot be decompressed' });

/** Decompresses a gzip message, to at most `maxBytes`. `error` is the field block of the response that rejects it. */
export function decompress(message: Buffer, maxBytes: number): { message: Buffer } | { error: Buffer } {
  try {
    return { message: gunzipSync(message, { maxOutputLength: maxBytes }) };
  } catch (error) {
    return {
      error: (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? MessageError.TOO_LARGE : CORRUPT,
    };
  }
}
