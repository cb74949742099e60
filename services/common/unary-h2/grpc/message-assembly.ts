import { read32Bits } from '../frames/frame.ts';
import { trailersOnly } from './responses.ts';
import { StatusCode } from './status.ts';

/** Compressed-Flag and Message-Length (PROTOCOL-HTTP2.md, "Length-Prefixed-Message"). */
export const PREFIX_BYTES = 5;

/** What is wrong with a request's messages, each as the field block of its answer. */
export const Fault = {
  TOO_LARGE: trailersOnly({ code: StatusCode.RESOURCE_EXHAUSTED, message: 'the message is too large' }),
  NO_ROOM: trailersOnly({ code: StatusCode.RESOURCE_EXHAUSTED, message: 'too many unfinished messages' }),
  /** Because of others: worth another try. */
  NO_ROOM_IN_SERVER: trailersOnly({
    code: StatusCode.UNAVAILABLE,
    message: 'the server has too many unfinished messages',
  }),
  /** The request had no `grpc-encoding` but `identity` (grpc/doc/compression.md, test case 6), or the flag is neither 0 nor 1. */
  COMPRESSED: trailersOnly({ code: StatusCode.INTERNAL, message: 'the compressed flag is set without an encoding' }),
  TORN: trailersOnly({ code: StatusCode.INTERNAL, message: 'the request ended within its message' }),
  /** Cardinality violations (grpc/doc/statuscodes.md). */
  NONE: trailersOnly({ code: StatusCode.UNIMPLEMENTED, message: 'the request has no message' }),
  SECOND: trailersOnly({ code: StatusCode.UNIMPLEMENTED, message: 'the request has more than one message' }),
} as const;

/** What unfinished messages hold in memory: each takes its whole length when its prefix has come. */
export interface MessageRoom {
  readonly maxMessageBytes: number;
  /** Returns what is wrong if there is no room for so many bytes more. */
  reserve(bytes: number): Buffer | undefined;
  release(bytes: number): void;
}

/** Whether `octets[start, end)` is exactly one message of an acceptable length: the common case, which needs no copy. */
export function isOneMessage(octets: Uint8Array, start: number, end: number, maxMessageBytes: number): boolean {
  const length = end - start - PREFIX_BYTES;
  return (
    length >= 0 && length <= maxMessageBytes && octets[start] === 0 && read32Bits(octets, start + 1) >>> 0 === length
  );
}

/** The one message of a unary request, put together from DATA frames that are cut anywhere. */
export class MessageAssembly {
  /** The message has to be decompressed. Known once its prefix has come. */
  isCompressed = false;
  readonly #room: MessageRoom;
  readonly #isGzip: boolean;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixBytes = 0;
  #message: Buffer | undefined;
  #messageBytes = 0;

  /** `isGzip`: the message may be compressed. */
  constructor(room: MessageRoom, isGzip: boolean) {
    this.#room = room;
    this.#isGzip = isGzip;
  }

  /** Adds the content of a DATA frame. Returns what is wrong with it, if anything is. */
  add(octets: Buffer, start: number, end: number): Buffer | undefined {
    let at = start;
    if (this.#message === undefined) {
      const copied = octets.copy(
        this.#prefix,
        this.#prefixBytes,
        at,
        Math.min(end, at + PREFIX_BYTES - this.#prefixBytes),
      );
      at += copied;
      this.#prefixBytes += copied;
      if (this.#prefixBytes < PREFIX_BYTES) return undefined;
      const fault = this.#begin();
      if (fault !== undefined) return fault;
    }
    const message = this.#message as unknown as Buffer;
    if (end - at > message.length - this.#messageBytes) return Fault.SECOND;
    this.#messageBytes += octets.copy(message, this.#messageBytes, at, end);
    return undefined;
  }

  /** At the end of the request: the message, or what is wrong. */
  get isWhole(): boolean {
    return this.#message !== undefined && this.#messageBytes === this.#message.length;
  }

  get message(): Buffer {
    return this.#message ?? EMPTY;
  }

  /** What is wrong with a request that ends now and is not whole. */
  get fault(): Buffer {
    return this.#prefixBytes === 0 ? Fault.NONE : Fault.TORN;
  }

  /** Gives the room back. To be called exactly once. */
  release(): void {
    if (this.#message !== undefined) this.#room.release(this.#message.length);
  }

  #begin(): Buffer | undefined {
    this.isCompressed = this.#isGzip && this.#prefix[0] === 1;
    if (this.#prefix[0] !== 0 && !this.isCompressed) return Fault.COMPRESSED;
    const length = read32Bits(this.#prefix, 1) >>> 0;
    if (length > this.#room.maxMessageBytes) return Fault.TOO_LARGE;
    const noRoom = this.#room.reserve(length);
    if (noRoom !== undefined) return noRoom;
    this.#message = Buffer.allocUnsafe(length);
    return undefined;
  }
}

const EMPTY = Buffer.alloc(0);
