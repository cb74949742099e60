/** Counters since the start, and gauges. */
export interface ServerStats {
  /** Gauges. */
  connections: number;
  openStreams: number;
  /** Calls that were cancelled, or whose deadline has passed, while their handlers still run. */
  abandonedCalls: number;
  /** Bytes of incomplete messages. */
  bufferedBytes: number;
  /** Bytes that `maxPendingBytes` limits. */
  pendingBytes: number;

  connectionsAccepted: number;
  connectionsRefused: number;
  /** Connections without an authenticated call that were closed in favor of a new one. */
  connectionsEvicted: number;
  /** Closed because of `maxPendingBytes`. */
  slowConnectionsClosed: number;
  /** Closed because of a ConnectionError (including `slowConnectionsClosed`) or an internal error. */
  connectionErrors: number;

  /** Requests with well-formed HEADERS. Each is counted in one of the next five once it has a response or is cancelled. */
  requests: number;
  /** The handler responded with a message. */
  responded: number;
  /** The handler responded with a status, or threw. */
  failed: number;
  /** The server responded without the handler: not gRPC, unknown method, too large, too slow, malformed message and so on. */
  rejected: number;
  deadlinesExceeded: number;
  /** No response: reset by either side, or the connection was closed. */
  cancelled: number;

  /** Reset with REFUSED_STREAM; not counted as requests. */
  streamsRefused: number;
  /** Field blocks found in the cache of decoded blocks. */
  headerCacheHits: number;
}

export const newStats = (): ServerStats => ({
  connections: 0,
  openStreams: 0,
  abandonedCalls: 0,
  bufferedBytes: 0,
  pendingBytes: 0,
  connectionsAccepted: 0,
  connectionsRefused: 0,
  connectionsEvicted: 0,
  slowConnectionsClosed: 0,
  connectionErrors: 0,
  requests: 0,
  responded: 0,
  failed: 0,
  rejected: 0,
  deadlinesExceeded: 0,
  cancelled: 0,
  streamsRefused: 0,
  headerCacheHits: 0,
});
