import type { FastifyInstance } from 'fastify';
import type { Readiness } from '../../readiness.ts';

/** `/livez`: the process is running. `/readyz`: it can serve requests; a warning says why Redis cannot be used. */
export function healthRoutes(
  server: FastifyInstance,
  check: () => Promise<Readiness>,
  warning: () => string | undefined,
): void {
  server.get('/livez', async () => ({ status: 'live' }));
  server.get('/readyz', async (_request, reply) => {
    const readiness = await check();
    const text = warning();
    const warnings = text === undefined ? {} : { warnings: [text] };
    if (readiness.ready) return { status: 'ready', ...warnings };
    reply.code(503);
    return { status: 'not ready', reason: readiness.reason, ...warnings };
  });
}
