/** Takes one answer, or why there is none: one call, once. Must not throw. */
export interface AnswerHandler {
  /**
   * `bytes`: an encoded IntrospectResponse, which stays as it is. `expiresAt`: from then on the answer is EXPIRED instead;
   * ms since 1970, 0 for an answer that does not expire.
   */
  answer(bytes: Uint8Array, expiresAt: number): void;
  /** UNAVAILABLE: it cannot be decided. */
  fail(error: unknown): void;
}
