import { Fault, type MessageRoom } from '../grpc/message-assembly.ts';
import type { Methods } from '../grpc/request-head.ts';
import type { Limits } from '../limits.ts';
import type { ServerStats } from '../stats.ts';

/** What the connections of a server have in common. */
export interface ServerContext {
  readonly limits: Limits;
  readonly methods: Methods;
  readonly stats: ServerStats;
  /** For HPACK; one is enough for one thread. */
  readonly scratch: Buffer;
  readonly onError: (error: unknown) => void;
  /** The server's clock as of this turn, in ms from an arbitrary start: it never goes back. */
  nowMs: number;
}

/** What the frames of a connection want of the one who reads and writes its octets. */
export interface Transport {
  /** There is something to write at the end of this turn. */
  wake(): void;
  /** Look at the timeouts at this time, or before. */
  checkAt(timeMs: number): void;
}

/** The room of one connection within that of the server. */
export class ConnectionRoom implements MessageRoom {
  readonly maxMessageBytes: number;
  readonly #context: ServerContext;
  #bytes = 0;

  constructor(context: ServerContext) {
    this.#context = context;
    this.maxMessageBytes = context.limits.maxMessageBytes;
  }

  reserve(bytes: number): Buffer | undefined {
    const { limits, stats } = this.#context;
    if (this.#bytes + bytes > limits.maxBufferedBytes) return Fault.NO_ROOM;
    if (stats.bufferedBytes + bytes > limits.maxBufferedBytesTotal) return Fault.NO_ROOM_IN_SERVER;
    this.#add(bytes);
    return undefined;
  }

  release(bytes: number): void {
    this.#add(-bytes);
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#context.stats.bufferedBytes += bytes;
    this.#context.stats.waitingBytes += bytes;
  }
}
