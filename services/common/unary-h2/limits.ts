/**
 * Limits of a server. A connection holds at most about `maxBufferedBytes` of incomplete messages, `maxUnsentBytes` of
 * output in addition to the highWaterMark of its duplex stream, the responses of `maxConcurrentStreams` calls,
 * `maxHeaderBlockBytes`, one frame of 16 KiB, an HPACK table and a cache of field blocks. `maxPendingBytes` limits the
 * messages, output and responses of all connections together.
 */
export interface Limits {
  /**
   * Open connections. A new connection above it evicts one that never had an authenticated call (`Call.authenticated`): the
   * one that has been idle longest, or one with open calls if none is idle. If all have had one, the new connection is closed
   * with GOAWAY NO_ERROR, which clients report as UNAVAILABLE and retry. Either way the closed one is not counted, but its
   * socket may stay open for a second if its peer does not read.
   */
  readonly maxConnections: number;
  /**
   * Open streams of a connection (SETTINGS_MAX_CONCURRENT_STREAMS). A cancelled call counts until its handler has
   * responded, so this limits running handlers too. A stream above it is reset with REFUSED_STREAM.
   */
  readonly maxConcurrentStreams: number;
  /** Cancelled calls whose handlers still run, on open and closed connections; at this number new connections are refused. */
  readonly maxAbandonedCalls: number;
  /**
   * Bytes held for peers on all connections: incomplete requests, and responses and output that the peer has not read.
   * Above it the connections whose data has been pending longest are closed.
   */
  readonly maxPendingBytes: number;
  /** Size of a request message, compressed and decompressed; above it RESOURCE_EXHAUSTED. */
  readonly maxMessageBytes: number;
  /** Bytes of incomplete messages on one connection (above it RESOURCE_EXHAUSTED) and on all of them (UNAVAILABLE). */
  readonly maxBufferedBytes: number;
  readonly maxBufferedBytesTotal: number;
  /**
   * Decoded fields as RFC 9113 section 6.5.2 counts them (32 bytes are added for each). Above it HTTP status 431, or for
   * trailers RST_STREAM PROTOCOL_ERROR; above four times the limit the connection is closed.
   */
  readonly maxHeaderListBytes: number;
  /** An encoded field block in all its frames; above it the connection is closed with ENHANCE_YOUR_CALM. */
  readonly maxHeaderBlockBytes: number;
  /** CONTINUATION frames of one field block; above it the connection is closed with ENHANCE_YOUR_CALM. */
  readonly maxContinuations: number;
  /** Size of the HPACK dynamic table that clients may use (SETTINGS_HEADER_TABLE_SIZE). */
  readonly headerTableBytes: number;
  /** Receive window of a stream (SETTINGS_INITIAL_WINDOW_SIZE); at least 65,535, see MIN_WINDOW_BYTES. */
  readonly streamWindowBytes: number;
  /** Receive window of a connection; at least the initial 65,535 of RFC 9113 section 6.9.2. */
  readonly connectionWindowBytes: number;
  /** Approximate bytes of one write. A connection is not read while its duplex stream is above the highWaterMark. */
  readonly maxUnsentBytes: number;

  /**
   * Token bucket for streams that the peer resets, or causes to be reset with an error; without a token, the connection is
   * closed with ENHANCE_YOUR_CALM. Each response to a call that has reached its handler adds a token.
   */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
  /**
   * Token bucket for frames that carry no part of a request: all types except HEADERS, CONTINUATION and DATA, and also frames on
   * closed streams and empty DATA without END_STREAM. Without a token, the connection is closed with ENHANCE_YOUR_CALM. Each
   * request adds a few tokens.
   */
  readonly controlFrameBurst: number;
  readonly controlFramesPerSecond: number;

  /** From accepting the connection to the client's preface, SETTINGS and acknowledgement of the server's SETTINGS. */
  readonly handshakeTimeoutMs: number;
  /** From the first byte of a frame to its last; and from the end of a HEADERS frame to the end of its field block. */
  readonly frameTimeoutMs: number;
  /** From a request's HEADERS to END_STREAM; above it DEADLINE_EXCEEDED. */
  readonly requestTimeoutMs: number;
  /**
   * How long the peer may block a response: with the stream's window (then RST_STREAM CANCEL), or with the connection's window
   * or by not reading (then the connection is closed).
   */
  readonly stallTimeoutMs: number;
  /** After this time a connection without calls is closed with GOAWAY NO_ERROR. */
  readonly idleTimeoutMs: number;
  /**
   * A connection of this age (±10 %) is sent GOAWAY NO_ERROR and closed once its calls have ended, so that clients
   * resolve the server's addresses again.
   */
  readonly maxConnectionAgeMs: number;
  /** From `drain()` until remaining connections are destroyed. */
  readonly drainTimeoutMs: number;
}

/** For internal callers with small messages and many calls in flight. */
export const DEFAULT_LIMITS: Limits = {
  maxConnections: 1_000,
  maxConcurrentStreams: 256,
  maxAbandonedCalls: 10_000,
  maxPendingBytes: 64 * 1024 * 1024,
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

/** A client may send this much before it has read the server's SETTINGS (RFC 9113 section 6.9.2). */
const MIN_WINDOW_BYTES = 65_535;

/** Throws RangeError if a limit is not a positive number or a window is too small. */
export function checkLimits(limits: Limits): Limits {
  for (const [name, value] of Object.entries(limits)) {
    if (!(value > 0)) throw new RangeError(`${name} must be positive, not ${value}`);
    if (name.endsWith('WindowBytes') && value < MIN_WINDOW_BYTES) {
      throw new RangeError(`${name} must be at least ${MIN_WINDOW_BYTES}, not ${value}`);
    }
  }
  return limits;
}
