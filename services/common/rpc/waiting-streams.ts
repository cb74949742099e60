import type { Http2Session, ServerHttp2Stream } from 'node:http2';

/** Approximate memory of a call in Node's HTTP/2 and grpc-js, without its messages. */
const STREAM_BYTES = 32 * 1024;

interface Wait {
  readonly bytes: number;
  readonly sinceMs: number;
}

/** Calls that wait for their clients to complete a request or to read a response, in the order in which they began to wait. */
export class WaitingStreams {
  readonly #waits = new Map<ServerHttp2Stream, Wait>();
  #bytes = 0;

  /** Approximate memory of all of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins the wait of a call, or begins it again. `bytes`: the size of the call's message. */
  add(stream: ServerHttp2Stream, bytes: number, nowMs: number): void {
    this.delete(stream);
    const wait = { bytes: STREAM_BYTES + bytes, sinceMs: nowMs };
    this.#waits.set(stream, wait);
    this.#bytes += wait.bytes;
  }

  delete(stream: ServerHttp2Stream): void {
    const wait = this.#waits.get(stream);
    if (wait === undefined) return;
    this.#waits.delete(stream);
    this.#bytes -= wait.bytes;
  }

  /** The calls that have waited since `timeMs` or longer. */
  since(timeMs: number): ServerHttp2Stream[] {
    const found: ServerHttp2Stream[] = [];
    for (const [stream, { sinceMs }] of this.#waits) {
      if (sinceMs > timeMs) break;
      found.push(stream);
    }
    return found;
  }

  /** Removes all calls of the connection whose call has waited longest, and returns the connection. */
  deleteSlowestConnection(): Http2Session | undefined {
    const [slowest] = this.#waits.keys();
    if (slowest === undefined) return undefined;
    const { session } = slowest;
    this.delete(slowest);
    for (const stream of this.#waits.keys()) {
      if (stream.session === session) this.delete(stream);
    }
    return session;
  }
}
