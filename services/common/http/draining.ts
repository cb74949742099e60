import type { FastifyInstance } from 'fastify';

/** Answers that are sent while the server drains end their connections: one that is kept alive would hold up the end. */
export function endConnectionsWhileDraining(server: FastifyInstance): void {
  let isDraining = false;
  server.addHook('preClose', async () => {
    isDraining = true;
  });
  server.addHook('onSend', async (_request, reply) => {
    if (isDraining) reply.header('connection', 'close');
  });
}
