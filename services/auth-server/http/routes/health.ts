import type { FastifyInstance } from 'fastify';
import type { Readiness } from '#common/process/readiness.ts';

/** `/livez`: the process runs. `/readyz`: it can do its work. */
export function healthRoutes(server: FastifyInstance, check: () => Promise<Readiness>): void {
  server.get('/livez', async () => ({ status: 'live' }));
  server.get('/readyz', async (_request, reply) => {
    const readiness = await check();
    if (readiness.ready) return { status: 'ready' };
    reply.code(503);
    return { status: 'not ready', reason: readiness.reason };
  });
}
