const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** The credential of an `Authorization: Bearer` value (RFC 6750 section 2.1); undefined if it is not one. */
export function bearerCredential(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}
