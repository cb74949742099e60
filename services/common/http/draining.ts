import type { FastifyInstance } from 'fastify';
import { acceptPending } from '../process/accept-pending.ts';
import { ConnectionBounds } from './connection-bounds.ts';

/** Longer than a request takes, unless its client or a dependency is slow. */
export const GRACE_ON_CLOSE_MS = 5_000;

/**
 * Limits the connections of a server. While it drains or closes, responses have `connection: close`, so that a proxy does not
 * send a request on a connection that is being closed; it could not repeat a POST. Pending connections are accepted before the
 * port closes. After the grace period the remaining connections are destroyed.
 */
export function boundConnections(server: FastifyInstance, maxConnections: number, isDraining: () => boolean): void {
  const connections = new ConnectionBounds(server.server, maxConnections);
  let isClosing = false;
  let graceTimer: NodeJS.Timeout | undefined;
  server.addHook('preClose', async () => {
    isClosing = true;
    await acceptPending(server.server);
    graceTimer = setTimeout(() => connections.destroyAll(), GRACE_ON_CLOSE_MS);
  });
  server.addHook('onClose', async () => clearTimeout(graceTimer));
  server.addHook('onSend', async (_request, reply) => {
    if (isClosing || isDraining()) reply.header('connection', 'close');
  });
}
