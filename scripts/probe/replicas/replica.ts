/** One address that says whether a token is active. */
export interface Replica {
  readonly name: string;
  /** Rejects if there is no answer within TIMEOUT_MS. */
  isActive(token: string): Promise<boolean>;
  close(): void;
}

export const TIMEOUT_MS = 5_000;
