const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

const SENDS_BEARER = /^Bearer +[^ ]/i;

/** The credential of an `Authorization: Bearer` value (RFC 6750 section 2.1): any visible ASCII. Undefined for others. */
export function bearerCredential(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}

/** Whether the value has the Bearer scheme and a credential, even a malformed one. */
export function sendsBearer(authorization: string): boolean {
  return SENDS_BEARER.test(authorization);
}
