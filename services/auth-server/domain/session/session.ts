/** Checks the host platform's session JWTs. */
export interface SessionVerifier {
  /** The id of the signed-in user; throws UNAUTHENTICATED for anything that is not a valid session. */
  verify(jwt: string): Promise<number>;
}
