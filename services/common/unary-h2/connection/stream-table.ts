import { MAX_31_BITS } from '../frames/frame.ts';
import type { ServerStats } from '../stats.ts';
import type { Stream } from './stream.ts';

/**
 * Streams that we reset not long ago: their peer may not know yet, and a burst of refused calls is several times what may
 * be open at once. A power of two.
 */
const REMEMBERED_RESETS = 2_048;

/** The streams of a connection and their identifiers (RFC 9113 sections 5.1 and 5.1.1). */
export class StreamTable {
  /** The highest identifier that the client has opened; below it what is not open is closed, above it idle. */
  lastId = 0;
  /** After the final GOAWAY: streams above this one are ignored (RFC 9113 section 6.8). */
  lastAcceptedId = MAX_31_BITS;
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

  /** Cancelled calls whose handlers still run count too, or cancelling would buy more work than the limit allows. */
  get isFull(): boolean {
    return this.#open.size + this.#abandoned >= this.#maxConcurrent;
  }

  [Symbol.iterator](): IterableIterator<Stream> {
    return this.#open.values();
  }

  get(id: number): Stream | undefined {
    return this.#open.get(id);
  }

  /** Not opened yet, or one of ours to open, of which there are none. */
  isIdle(id: number): boolean {
    return id > this.lastId || (id & 1) === 0;
  }

  add(stream: Stream): void {
    this.#open.set(stream.id, stream);
    this.#stats.openStreams++;
  }

  /** The stream is closed; what it held of its request is let go. */
  close(stream: Stream): void {
    if (stream.closed) return;
    stream.closed = true;
    stream.assembly?.release();
    stream.assembly = undefined;
    this.#open.delete(stream.id);
    this.#stats.openStreams--;
    if (!stream.handed || stream.handlerDone) return;
    stream.cancelled = true;
    this.#abandoned++;
    this.#stats.abandonedCalls++;
  }

  /** The handler of a call that nobody waits for has answered at last. */
  forget(): void {
    this.#abandoned--;
    this.#stats.abandonedCalls--;
  }

  /** Frames of these streams are in order for a while (RFC 9113 section 5.1, "closed"). */
  rememberReset(id: number): void {
    this.#resets ??= new Int32Array(REMEMBERED_RESETS);
    this.#resets[this.#nextReset] = id;
    this.#nextReset = (this.#nextReset + 1) & (REMEMBERED_RESETS - 1);
  }

  wasReset(id: number): boolean {
    return this.#resets?.includes(id) ?? false;
  }
}
