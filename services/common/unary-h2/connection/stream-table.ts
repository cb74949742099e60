import type { ServerStats } from '../stats.ts';
import type { Stream } from './stream.ts';

/**
 * How many streams are remembered after the server has reset them, because the peer may still send frames for them. A
 * burst of refused calls can be several times the number of open streams. A power of two.
 */
const RECENT_RESETS = 2_048;

/** The streams of a connection (RFC 9113 sections 5.1 and 5.1.1). */
export class StreamTable {
  /** The highest stream that the client has opened. Lower ones are open or closed, higher ones idle. */
  lastId = 0;
  /** The last stream of the final GOAWAY; higher ones are ignored (RFC 9113 section 6.8). Infinity before that GOAWAY. */
  goAwayLimit = Number.POSITIVE_INFINITY;
  readonly #maxConcurrent: number;
  readonly #stats: ServerStats;
  readonly #open = new Map<number, Stream>();
  #resets: Int32Array | undefined;
  #nextReset = 0;
  #abandoned = 0;

  constructor(maxConcurrent: number, stats: ServerStats) {
    this.#maxConcurrent = maxConcurrent;
    this.#stats = stats;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Includes cancelled calls whose handlers still run: otherwise a client could start more of them by cancelling. */
  get isFull(): boolean {
    return this.#open.size + this.#abandoned >= this.#maxConcurrent;
  }

  [Symbol.iterator](): IterableIterator<Stream> {
    return this.#open.values();
  }

  get(id: number): Stream | undefined {
    return this.#open.get(id);
  }

  /** Whether the stream has not been opened yet. Even ids are for streams that a server opens; this server opens none. */
  isIdle(id: number): boolean {
    return id > this.lastId || (id & 1) === 0;
  }

  add(stream: Stream): void {
    this.#open.set(stream.id, stream);
    this.#stats.openStreams++;
  }

  /** Closes the stream and releases what has arrived of an incomplete request. */
  close(stream: Stream): void {
    if (stream.closed) return;
    stream.closed = true;
    stream.assembly?.release();
    stream.assembly = undefined;
    this.#open.delete(stream.id);
    this.#stats.openStreams--;
    if (!stream.dispatched || stream.handlerDone) return;
    stream.cancelled = true;
    this.#abandoned++;
    this.#stats.abandonedCalls++;
  }

  /** The handler of a cancelled call has responded. */
  onAbandonedCallEnded(): void {
    this.#abandoned--;
    this.#stats.abandonedCalls--;
  }

  /** The server has reset the stream, so frames on it are not an error for a while. */
  recordReset(id: number): void {
    this.#resets ??= new Int32Array(RECENT_RESETS);
    this.#resets[this.#nextReset] = id;
    this.#nextReset = (this.#nextReset + 1) & (RECENT_RESETS - 1);
  }

  /**
   * Whether frames on this closed stream are not an error: the client may have sent them before it received RST_STREAM or
   * the final GOAWAY (RFC 9113 sections 5.1, "closed", and 6.8).
   */
  isIgnored(id: number): boolean {
    return id > this.goAwayLimit || (this.#resets?.includes(id) ?? false);
  }
}
