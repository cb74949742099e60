import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';

/** An authorization server, and an API under any other path, that accept a revoked token for `staleResponses` more requests. */
export async function startStaleServer(staleResponses: number) {
  const server = createServer();
  const issuer = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  let left = Number.POSITIVE_INFINITY;
  const json = (response: ServerResponse, body: object) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  server.on('request', async (request, response) => {
    await text(request);
    switch (request.url) {
      case '/.well-known/oauth-authorization-server':
        return json(response, {
          issuer,
          token_endpoint: `${issuer}/token`,
          revocation_endpoint: `${issuer}/revoke`,
        });
      case '/token':
        left = Number.POSITIVE_INFINITY;
        return json(response, { access_token: 'a', token_type: 'Bearer' });
      case '/revoke':
        left = staleResponses;
        return response.end();
      case '/introspect':
        return json(response, { active: left-- > 0 });
      default:
        return response.writeHead(left-- > 0 ? 200 : 401).end();
    }
  });
  return { issuer, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}
