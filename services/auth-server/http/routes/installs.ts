import type { FastifyInstance } from 'fastify';
import type { CallerIdentifier } from '../../callers/identify-caller.ts';
import { ALL_INSTALLS } from '../../domain/install/install-filter.ts';
import type { InstallManager } from '../../domain/install/install-manager.ts';
import { adminRequestOf, pagingOf } from '../requests.ts';
import { installJson } from '../serializers.ts';

/** `/oauth/installs`: the apps installed in the caller's organization. */
export function installRoutes(server: FastifyInstance, callers: CallerIdentifier, installs: InstallManager): void {
  server.get('/oauth/installs', async (request) => {
    const by = await adminRequestOf(request, callers);
    return { installs: (await installs.list(by, ALL_INSTALLS, pagingOf(request))).map(installJson) };
  });

  server.delete<{ Params: { id: string } }>('/oauth/installs/:id', async (request, reply) => {
    const by = await adminRequestOf(request, callers);
    await installs.disconnect(by, request.params.id);
    reply.code(204);
  });
}
