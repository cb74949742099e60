import type { FastifyInstance } from 'fastify';

/** `/livez`: the process runs. `/readyz`: it can do its work. */
export function healthRoutes(server: FastifyInstance, isReady: () => Promise<boolean>): void {
  server.get('/livez', async () => ({ status: 'live' }));
  server.get('/readyz', async (_request, reply) => {
    const ready = await isReady().catch(() => false);
    reply.code(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not ready' };
  });
}
