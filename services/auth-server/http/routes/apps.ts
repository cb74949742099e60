import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalidFields } from '#common/errors/app-error.ts';
import type { CallerIdentifier } from '../../callers/identify-caller.ts';
import type { AppManager } from '../../domain/app/app-manager.ts';
import { adminRequestOf, jsonBodyOf, pagingOf } from '../requests.ts';
import { appJson } from '../shapes.ts';

type OfApp = { Params: { client_id: string } };

/** `/oauth/apps`: the developer's side. */
export function appRoutes(server: FastifyInstance, callers: CallerIdentifier, apps: AppManager): void {
  server.post('/oauth/apps', async (request, reply) => {
    const by = await adminRequestOf(request, callers);
    const { app, clientSecret } = await apps.register(by, jsonBodyOf(request));
    reply.code(201).header('cache-control', 'no-store');
    return { app: appJson(app), client_id: app.clientId, client_secret: clientSecret.reveal() };
  });

  server.get('/oauth/apps', async (request) => {
    const by = await adminRequestOf(request, callers);
    return { apps: (await apps.list(by, pagingOf(request))).map(appJson) };
  });

  server.get<OfApp>('/oauth/apps/:client_id', async (request) => {
    const by = await adminRequestOf(request, callers);
    return { app: appJson(await apps.get(by, request.params.client_id)) };
  });

  server.patch<OfApp>('/oauth/apps/:client_id', async (request) => {
    const by = await adminRequestOf(request, callers);
    return { app: appJson(await apps.update(by, request.params.client_id, jsonBodyOf(request))) };
  });

  server.delete<OfApp>('/oauth/apps/:client_id', async (request, reply) => {
    const by = await adminRequestOf(request, callers);
    await apps.delete(by, request.params.client_id);
    reply.code(204);
  });

  server.post<OfApp>('/oauth/apps/:client_id/rotate_secret', async (request, reply) => {
    const by = await adminRequestOf(request, callers);
    const { clientSecret, previousExpiresAt } = await apps.rotateSecret(
      by,
      request.params.client_id,
      overlapOf(request),
    );
    reply.header('cache-control', 'no-store');
    return { client_secret: clientSecret.reveal(), previous_expires_at: previousExpiresAt.toISOString() };
  });
}

/** `overlap_seconds`; 0 where it, or the whole body, is left out. */
function overlapOf(request: FastifyRequest): number {
  if (request.body === undefined || request.body === null) return 0;
  const { overlap_seconds: overlapSeconds = 0, ...unknown } = jsonBodyOf(request);
  // A misspelt name must not end the old secret at once.
  const unknownFields = Object.keys(unknown).map((field) => ({ field, message: 'is not a field of a rotation' }));
  if (unknownFields.length > 0) throw invalidFields(unknownFields);
  if (typeof overlapSeconds === 'number') return overlapSeconds;
  throw invalidFields([{ field: 'overlap_seconds', message: 'must be a number' }]);
}
