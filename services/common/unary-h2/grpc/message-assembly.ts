import { read32Bits } from '../frames/frame.ts';
import { trailersOnly } from './responses.ts';
import { StatusCode } from './status.ts';

/** Compressed-Flag and Message-Length (PROTOCOL-HTTP2.md, "Length-Prefixed-Message"). */
export const PREFIX_BYTES = 5;

/** Errors in a request's message, each as the field block of its response. */
export const MessageError = {
  TOO_LARGE: trailersOnly({ code: StatusCode.RESOURCE_EXHAUSTED, message: 'the message is too large' }),
  CONNECTION_LIMIT: trailersOnly({ code: StatusCode.RESOURCE_EXHAUSTED, message: 'too many incomplete messages' }),
  /** Other connections may have caused it, so clients may retry. */
  SERVER_LIMIT: trailersOnly({
    code: StatusCode.UNAVAILABLE,
    message: 'the server has too many incomplete messages',
  }),
  /** Compressed-Flag is 1 without `grpc-encoding: gzip` (grpc/doc/compression.md, test case 6), or neither 0 nor 1. */
  UNEXPECTED_COMPRESSION: trailersOnly({
    code: StatusCode.INTERNAL,
    message: 'the compressed flag is invalid, or set without grpc-encoding gzip',
  }),
  TRUNCATED: trailersOnly({ code: StatusCode.INTERNAL, message: 'the request ended before its message was complete' }),
  /** Cardinality violations (grpc/doc/statuscodes.md). */
  NO_MESSAGE: trailersOnly({ code: StatusCode.UNIMPLEMENTED, message: 'the request has no message' }),
  MULTIPLE_MESSAGES: trailersOnly({ code: StatusCode.UNIMPLEMENTED, message: 'the request has more than one message' }),
} as const;

/** Limits the memory of incomplete messages. A message is counted in full once its prefix has arrived. */
export interface MessageMemory {
  readonly maxMessageBytes: number;
  /** Returns an error if a limit would be exceeded. */
  reserve(bytes: number): Buffer | undefined;
  release(bytes: number): void;
}

/**
 * Whether `bytes[start, end)` is exactly one uncompressed message within the limit, with its prefix: the common case, which
 * needs no copy.
 */
export function isOneMessage(bytes: Uint8Array, start: number, end: number, maxMessageBytes: number): boolean {
  const length = end - start - PREFIX_BYTES;
  return (
    length >= 0 && length <= maxMessageBytes && bytes[start] === 0 && read32Bits(bytes, start + 1) >>> 0 === length
  );
}

/** Assembles the message of a unary request from its DATA frames. */
export class MessageAssembly {
  /** The message must be decompressed. Valid once its prefix has arrived. */
  isCompressed = false;
  readonly #memory: MessageMemory;
  readonly #isGzip: boolean;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixBytes = 0;
  #message: Buffer | undefined;
  #messageBytes = 0;

  /** `isGzip`: the message may be compressed. */
  constructor(memory: MessageMemory, isGzip: boolean) {
    this.#memory = memory;
    this.#isGzip = isGzip;
  }

  /** Adds the content of a DATA frame. Returns an error if the message is invalid. */
  add(bytes: Buffer, start: number, end: number): Buffer | undefined {
    let at = start;
    if (this.#message === undefined) {
      const copied = bytes.copy(
        this.#prefix,
        this.#prefixBytes,
        at,
        Math.min(end, at + PREFIX_BYTES - this.#prefixBytes),
      );
      at += copied;
      this.#prefixBytes += copied;
      if (this.#prefixBytes < PREFIX_BYTES) return undefined;
      const error = this.#begin();
      if (error !== undefined) return error;
    }
    const message = this.#message as unknown as Buffer;
    if (end - at > message.length - this.#messageBytes) return MessageError.MULTIPLE_MESSAGES;
    this.#messageBytes += bytes.copy(message, this.#messageBytes, at, end);
    return undefined;
  }

  get isComplete(): boolean {
    return this.#message !== undefined && this.#messageBytes === this.#message.length;
  }

  get message(): Buffer {
    return this.#message ?? EMPTY;
  }

  /** The error of a request that has ended without a complete message. */
  get error(): Buffer {
    return this.#prefixBytes === 0 ? MessageError.NO_MESSAGE : MessageError.TRUNCATED;
  }

  /** Releases the memory. Call exactly once. */
  release(): void {
    if (this.#message !== undefined) this.#memory.release(this.#message.length);
  }

  #begin(): Buffer | undefined {
    this.isCompressed = this.#isGzip && this.#prefix[0] === 1;
    if (this.#prefix[0] !== 0 && !this.isCompressed) return MessageError.UNEXPECTED_COMPRESSION;
    const length = read32Bits(this.#prefix, 1) >>> 0;
    if (length > this.#memory.maxMessageBytes) return MessageError.TOO_LARGE;
    const error = this.#memory.reserve(length);
    if (error !== undefined) return error;
    this.#message = Buffer.allocUnsafe(length);
    return undefined;
  }
}

const EMPTY = Buffer.alloc(0);
