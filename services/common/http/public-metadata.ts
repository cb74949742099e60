import type { FastifyContextConfig, FastifyInstance } from 'fastify';

/** Pages of other origins may also read the document. */
const HEADERS = { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' };
/** Allows all headers except Authorization, because clients add some, such as MCP's protocol version. */
const PREFLIGHT_HEADERS = {
  ...HEADERS,
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': '*',
  'access-control-max-age': '86400',
};

/** Serves a public metadata document at each of these paths. */
export function servePublicMetadata(
  server: FastifyInstance,
  paths: Iterable<string>,
  document: unknown,
  config: FastifyContextConfig = {},
): void {
  for (const path of paths) {
    server.get(path, { config }, async (_request, reply) => reply.headers(HEADERS).send(document));
    server.options(path, { config }, async (_request, reply) => reply.headers(PREFLIGHT_HEADERS).code(204).send());
  }
}
