/** A server at one address that reports whether a token is active. */
export interface Replica {
  readonly name: string;
  /** Rejects for an error, and if there is no response within TIMEOUT_MS. */
  isActive(token: string): Promise<boolean>;
  close(): void;
}

export const TIMEOUT_MS = 5_000;
