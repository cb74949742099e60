export interface Connection {
  /** Requests that can be sent now. */
  readonly free: number;
  /** Requests without a response. */
  readonly inFlight: number;
  /** Sends a request for each of these times (performance.now()), from which its latency counts; at most `free`. */
  begin(startedAt: readonly number[]): void;
  close(): void;
}

export interface ConnectionEvents {
  onResponse(startedAt: number, isAsExpected: boolean): void;
  /** More requests can be sent. */
  onFree(connection: Connection): void;
  onError(error: Error): void;
}
