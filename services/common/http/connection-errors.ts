import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errorBody } from './error-bodies.ts';
import { REQUEST_ID_HEADER } from './request-id.ts';

const STATUS_BY_CODE: ReadonlyMap<string | undefined, number> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_HEADER_OVERFLOW', 431],
]);

/** Lets a client that is still sending read the response before the connection is destroyed. */
const LINGER_MS = 1_000;

/** Responds to what Node itself rejects: malformed HTTP, headers that are too large, a request that arrives too slowly. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_BY_CODE.get(error.code) ?? 400;
  const reasonPhrase = STATUS_CODES[status] ?? '';
  const body = JSON.stringify(errorBody(status, reasonPhrase));
  const lines = [
    `HTTP/1.1 ${status} ${reasonPhrase}`,
    'Connection: close',
    'Cache-Control: no-store',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `${REQUEST_ID_HEADER}: ${randomUUID()}`,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(linger));
}
