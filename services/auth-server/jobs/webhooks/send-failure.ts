import { ForbiddenAddress } from './filtering-connector.ts';

/** Messages by error code of Node, OpenSSL or undici. */
const MESSAGES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  ENOTFOUND: 'the host name is not known',
  ENODATA: 'the host name has no address',
  ESERVFAIL: 'the name servers of the host failed',
  ETIMEOUT: 'the name servers of the host did not respond in time',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_SOCKET: 'the connection ended before the response',
  UND_ERR_HEADERS_OVERFLOW: 'the response headers are too large',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host',
};

const CLOSED: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Whether an established connection was closed before the response. */
export const isClosedConnection = (error: unknown): boolean =>
  error instanceof Error && CLOSED.has((error as NodeJS.ErrnoException).code);

/** Why there was no valid response, for the app's developer. Reveals nothing about our network. */
export function describeFailure(error: unknown): string {
  const failures = error instanceof AggregateError ? error.errors : [error];
  for (const failure of failures) {
    if (failure instanceof ForbiddenAddress) return failure.message;
    const { name, code } = failure as NodeJS.ErrnoException;
    if (name === 'TimeoutError') return 'no response in time';
    if (name === 'HTTPParserError') return 'the response is not HTTP';
    if (code !== undefined && Object.hasOwn(MESSAGES, code)) return MESSAGES[code] as string;
  }
  return 'the request failed';
}
