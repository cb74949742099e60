import type { FastifyInstance } from 'fastify';

/** `/livez`: the process runs. `/readyz`: introspection is serving, and the gateway is not draining. */
export function healthRoutes(server: FastifyInstance, isReady: () => Promise<boolean>): void {
  const config = { access: 'public' } as const;
  server.get('/livez', { config }, async () => ({ status: 'live' }));
  server.get('/readyz', { config }, async (_request, reply) => {
    const ready = await isReady();
    reply.code(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not ready' };
  });
}
