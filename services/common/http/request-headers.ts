import type { FastifyInstance } from 'fastify';
import { invalidRequest } from '../errors/app-error.ts';

/**
 * Answers in our own words what Node would answer by itself, without a request id, or not notice: RFC 9112 section 3.2, a
 * Host that is missing or comes twice. Expectations other than 100-continue are ignored (RFC 9110 section 10.1.1). To be
 * called once the hook that adds the common headers is there, on a server with SERVER_OPTIONS.
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
