/** An access token that can be ended. */
interface IssuedToken {
  readonly value: string;
  /** The name of what `end` calls, for people. */
  readonly revocation: string;
  /** Resolves when the server has reported success. */
  end(): Promise<void>;
}

/** Where the prober gets a new token for each round. */
export interface TokenSource {
  issue(): Promise<IssuedToken>;
  close(): Promise<void>;
}
