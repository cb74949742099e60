/** The turn of a request among those that present the same grant; this process serves them one after another. */
export interface GrantTurn {
  /** Whether another request with the same grant has succeeded after this one was received. */
  readonly concurrentSuccess: boolean;
}
