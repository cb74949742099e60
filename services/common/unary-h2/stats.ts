/** Plain numbers that only grow, except for the gauges; read them as often as you like. */
export interface ServerStats {
  /**
   * Gauges: connections, open streams, cancelled calls whose handlers still run, bytes of unfinished messages, and bytes of
   * calls that wait for their peers (`maxWaitingBytes`).
   */
  connections: number;
  openStreams: number;
  abandonedCalls: number;
  bufferedBytes: number;
  waitingBytes: number;

  connectionsAccepted: number;
  connectionsRefused: number;
  /** Idle ones that were closed for a new one, and those whose peers were too slow for `maxWaitingBytes`. */
  connectionsReplaced: number;
  slowConnectionsClosed: number;
  /** Closed with a GOAWAY other than NO_ERROR. */
  connectionErrors: number;

  /** Requests whose header arrived; each is then exactly one of the next five, or still open. */
  requests: number;
  /** Answered by the handler: with a message, with a status. */
  responded: number;
  failed: number;
  /** Answered by the server itself: not gRPC, unknown method, too large, malformed message, … */
  rejected: number;
  deadlinesExceeded: number;
  /** Never answered: reset by either side, or the connection went. */
  cancelled: number;

  /** REFUSED_STREAM, not counted as requests. */
  streamsRefused: number;
  /** Header blocks that were decoded before, byte for byte. */
  repeatedHeads: number;
}

export const newStats = (): ServerStats => ({
  connections: 0,
  openStreams: 0,
  abandonedCalls: 0,
  bufferedBytes: 0,
  waitingBytes: 0,
  connectionsAccepted: 0,
  connectionsRefused: 0,
  connectionsReplaced: 0,
  slowConnectionsClosed: 0,
  connectionErrors: 0,
  requests: 0,
  responded: 0,
  failed: 0,
  rejected: 0,
  deadlinesExceeded: 0,
  cancelled: 0,
  streamsRefused: 0,
  repeatedHeads: 0,
});
