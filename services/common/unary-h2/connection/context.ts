import { MessageError, type MessageMemory } from '../grpc/message-assembly.ts';
import type { Methods } from '../grpc/request-head.ts';
import type { Limits } from '../limits.ts';
import type { ServerStats } from '../stats.ts';

export interface ServerContext {
  readonly limits: Limits;
  readonly methods: Methods;
  readonly stats: ServerStats;
  /** Reused memory for Huffman decoding. */
  readonly scratch: Buffer;
  readonly onError: (error: unknown) => void;
  /** Monotonic clock in ms, updated before each chunk, flush and check of timeouts. */
  nowMs: number;
}

/** What the HTTP/2 session needs from its connection. */
export interface Transport {
  /** Flushes at the end of this turn. */
  scheduleWrite(): void;
  /** Checks timeouts no later than at the first tick after this time. */
  scheduleCheck(timeMs: number): void;
}

/** Memory for incomplete messages, limited per connection and in total. */
export class ConnectionMemory implements MessageMemory {
  readonly maxMessageBytes: number;
  readonly #context: ServerContext;
  #bytes = 0;

  constructor(context: ServerContext) {
    this.#context = context;
    this.maxMessageBytes = context.limits.maxMessageBytes;
  }

  reserve(bytes: number): Buffer | undefined {
    const { limits, stats } = this.#context;
    if (this.#bytes + bytes > limits.maxBufferedBytes) return MessageError.CONNECTION_LIMIT;
    if (stats.bufferedBytes + bytes > limits.maxBufferedBytesTotal) return MessageError.SERVER_LIMIT;
    this.#add(bytes);
    return undefined;
  }

  release(bytes: number): void {
    this.#add(-bytes);
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#context.stats.bufferedBytes += bytes;
    this.#context.stats.pendingBytes += bytes;
  }
}
