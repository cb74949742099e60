import type { FastifyInstance } from 'fastify';
import { invalidRequest } from '../errors/app-error.ts';

/**
 * Rejects requests with several Host headers, and HTTP/1.1 requests without one (RFC 9112 section 3.2), with the common error
 * body and a request id. Ignores expectations other than 100-continue (RFC 9110 section 10.1.1). Requires `joinDuplicateHeaders`
 * and `requireHostHeader: false` of SERVER_OPTIONS; call it after the hook that adds the common headers.
 */
export function checkRequestHeaders(server: FastifyInstance): void {
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response));
  server.addHook('onRequest', async ({ raw: { headers, httpVersionMajor, httpVersionMinor } }) => {
    const isHostRequired = httpVersionMajor > 1 || httpVersionMinor > 0;
    const { host } = headers;
    if (host === undefined ? isHostRequired : host.includes(',')) {
      throw invalidRequest('the request must have one Host header');
    }
  });
}
