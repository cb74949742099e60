export interface Connection {
  /** Requests that can be sent now. */
  readonly free: number;
  /** Requests without a response. */
  readonly inFlight: number;
  /** Sends requests whose latency counts from these times (performance.now()); no more than are free. */
  begin(startedAt: readonly number[]): void;
  close(): void;
}

export interface ConnectionEvents {
  responded(startedAt: number, isAsExpected: boolean): void;
  /** More requests can be sent. */
  freed(connection: Connection): void;
  failed(error: Error): void;
}
