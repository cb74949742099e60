import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export const REQUEST_ID_HEADER = 'x-request-id';

/** Ids that are safe in logs and headers. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's id if it is safe, otherwise a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const requestId = headers[REQUEST_ID_HEADER];
  return typeof requestId === 'string' && REQUEST_ID.test(requestId) ? requestId : randomUUID();
}
