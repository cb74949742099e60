/**
 * Every bound of a server. Whatever a peer does, a connection holds at most about `maxBufferedBytes` of unfinished
 * messages, `maxUnsentBytes` of output beside what its stream buffers (its highWaterMark), the answers of
 * `maxConcurrentStreams` calls, `maxHeaderBlockBytes`, a frame of 16 KiB, and its two HPACK memories. What all of them
 * make the server wait with is bounded by `maxWaitingBytes`.
 */
export interface Limits {
  /**
   * Connections at once. One more takes the place of the one that has been idle for longest and has never made a call
   * whose caller was authenticated (`Call.authenticated`); without such a one it is told GOAWAY NO_ERROR and closed, which
   * clients take for UNAVAILABLE and try again.
   */
  readonly maxConnections: number;
  /**
   * Streams open at once on a connection (SETTINGS_MAX_CONCURRENT_STREAMS), and as many handlers that run: a cancelled
   * call counts until its handler has answered, so that cancelling buys no work. One more is REFUSED_STREAM.
   */
  readonly maxConcurrentStreams: number;
  /** Such calls on all connections, also those that are gone; above it no new connection is taken, as above. */
  readonly maxAbandonedCalls: number;
  /**
   * Calls that wait for their peers, bytes on all connections: requests that have not wholly arrived, responses and
   * output that are not taken. Above it the connections that have waited for longest are closed.
   */
  readonly maxWaitingBytes: number;
  /** A request's message, bytes, also once it is decompressed; more is RESOURCE_EXHAUSTED. */
  readonly maxMessageBytes: number;
  /** Messages that have begun but not ended, bytes on one connection (more is RESOURCE_EXHAUSTED) and on all (UNAVAILABLE). */
  readonly maxBufferedBytes: number;
  readonly maxBufferedBytesTotal: number;
  /** Decoded fields as RFC 9113 section 6.5.2 counts them (32 for each field); more is 431, four times as much closes. */
  readonly maxHeaderListBytes: number;
  /** An encoded field block over all its frames; more closes with ENHANCE_YOUR_CALM. */
  readonly maxHeaderBlockBytes: number;
  /** CONTINUATION frames of one field block; more closes with ENHANCE_YOUR_CALM. */
  readonly maxContinuations: number;
  /** The HPACK dynamic table that clients may fill, bytes (SETTINGS_HEADER_TABLE_SIZE). */
  readonly headerTableBytes: number;
  /** What a stream may send without waiting, bytes (SETTINGS_INITIAL_WINDOW_SIZE). */
  readonly streamWindowBytes: number;
  /** The same for a whole connection; at least 65,535, where RFC 9113 section 6.9.2 starts. */
  readonly connectionWindowBytes: number;
  /** Written at once, about, in bytes; a connection whose stream buffers more than it wants is not read. */
  readonly maxUnsentBytes: number;

  /** Streams that may end by RST_STREAM or by the peer's fault in a burst, and steadily; each answered call adds one. */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
  /** Frames that carry no request (SETTINGS, PING, PRIORITY, WINDOW_UPDATE, empty DATA, …); each request adds a few. */
  readonly controlFrameBurst: number;
  readonly controlFramesPerSecond: number;

  /** From the connection to the client's preface, its SETTINGS and its acknowledgement of ours. */
  readonly handshakeTimeoutMs: number;
  /** From a frame's or a field block's first byte to its last. */
  readonly frameTimeoutMs: number;
  /** From a request's header to its end: DEADLINE_EXCEEDED. */
  readonly requestTimeoutMs: number;
  /** An answer that waits for the peer's window (RST_STREAM CANCEL, or closed if it is the connection's window). */
  readonly stallTimeoutMs: number;
  /** A connection without calls is told GOAWAY NO_ERROR and closed. */
  readonly idleTimeoutMs: number;
  /**
   * A connection of that age, give or take a tenth, is told GOAWAY NO_ERROR and closed once its calls have ended, so that
   * clients look again which servers there are.
   */
  readonly maxConnectionAgeMs: number;
  /** From `drain()` to the end of what still runs. */
  readonly drainTimeoutMs: number;
}

/** For internal callers with small messages and many calls in flight. */
export const DEFAULT_LIMITS: Limits = {
  maxConnections: 1_000,
  maxConcurrentStreams: 256,
  maxAbandonedCalls: 10_000,
  maxWaitingBytes: 64 * 1024 * 1024,
  maxMessageBytes: 64 * 1024,
  maxBufferedBytes: 512 * 1024,
  maxBufferedBytesTotal: 64 * 1024 * 1024,
  maxHeaderListBytes: 16 * 1024,
  maxHeaderBlockBytes: 32 * 1024,
  maxContinuations: 8,
  headerTableBytes: 4_096,
  streamWindowBytes: 128 * 1024,
  connectionWindowBytes: 1024 * 1024,
  maxUnsentBytes: 256 * 1024,
  resetBurst: 512,
  resetsPerSecond: 100,
  controlFrameBurst: 1_024,
  controlFramesPerSecond: 256,
  handshakeTimeoutMs: 10_000,
  frameTimeoutMs: 10_000,
  requestTimeoutMs: 20_000,
  stallTimeoutMs: 20_000,
  idleTimeoutMs: 5 * 60_000,
  maxConnectionAgeMs: 30 * 60_000,
  drainTimeoutMs: 5_000,
};

/** Windows may not be below where RFC 9113 section 6.9.2 starts: a client may use that much before it knows. */
const MIN_WINDOW_BYTES = 65_535;

/** Throws if a bound is not a positive number, or a window is too small. */
export function checkLimits(limits: Limits): Limits {
  for (const [name, value] of Object.entries(limits)) {
    if (!(value > 0)) throw new RangeError(`${name} must be positive, not ${value}`);
    if (name.endsWith('WindowBytes') && value < MIN_WINDOW_BYTES) {
      throw new RangeError(`${name} must be at least ${MIN_WINDOW_BYTES}, not ${value}`);
    }
  }
  return limits;
}
