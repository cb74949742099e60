/** One connection of the generator, of whatever protocol. */
export interface Connection {
  /** Requests that may be begun now. */
  readonly free: number;
  /** Requests that wait for their answers. */
  readonly inFlight: number;
  /** Begins requests that count from these times on (ms of performance.now()); no more than are free. */
  begin(startedAt: readonly number[]): void;
  close(): void;
}

/** What a connection tells of. */
export interface ConnectionEvents {
  answered(startedAt: number, isAsExpected: boolean): void;
  /** After answers, or whatever else has made room. */
  freed(connection: Connection): void;
  failed(error: Error): void;
}
