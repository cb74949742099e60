import type { Http2Session, ServerHttp2Stream } from 'node:http2';

/** What Node's HTTP/2 and grpc-js take for a call besides its messages, about. */
const STREAM_BYTES = 32 * 1024;

interface Wait {
  readonly bytes: number;
  readonly sinceMs: number;
}

/** Calls that wait for their peers: the one that has waited for longest comes first. */
export class WaitingStreams {
  readonly #waits = new Map<ServerHttp2Stream, Wait>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** `bytes`: of its message. */
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

  /** Those that have waited since then or before. */
  since(timeMs: number): ServerHttp2Stream[] {
    const found: ServerHttp2Stream[] = [];
    for (const [stream, { sinceMs }] of this.#waits) {
      if (sinceMs > timeMs) break;
      found.push(stream);
    }
    return found;
  }

  /** Takes out all calls of the connection that has waited for longest, and returns it. */
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
