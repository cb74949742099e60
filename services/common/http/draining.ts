import type { FastifyInstance } from 'fastify';
import { ConnectionBounds } from './connection-bounds.ts';

/** Every request ends within its deadlines; what is left after this long is a client that does not send or read. */
export const GRACE_ON_CLOSE_MS = 5_000;

/**
 * Bounds the connections of a server, and its end: answers that are sent while it drains end their connections, and what
 * is left after the grace period is ended.
 */
export function boundConnections(server: FastifyInstance, maxConnections: number): void {
  const connections = new ConnectionBounds(server.server, maxConnections);
  let isDraining = false;
  let end: NodeJS.Timeout | undefined;
  server.addHook('preClose', async () => {
    isDraining = true;
    end = setTimeout(() => connections.destroyAll(), GRACE_ON_CLOSE_MS);
  });
  server.addHook('onClose', async () => clearTimeout(end));
  server.addHook('onSend', async (_request, reply) => {
    if (isDraining) reply.header('connection', 'close');
  });
}
