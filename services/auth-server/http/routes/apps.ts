import type { FastifyInstance } from 'fastify';
import type { CallerIdentifier } from '../../callers/identify-caller.ts';
import type { AppManager } from '../../domain/app/app-manager.ts';
import { adminRequestOf, jsonBodyOf, overlapSecondsOf, pagingOf } from '../requests.ts';
import { appJson, failedRequestJson } from '../serializers.ts';

type OfApp = { Params: { client_id: string } };

export function appRoutes(server: FastifyInstance, callers: CallerIdentifier, apps: AppManager): void {
  server.post('/oauth/apps', async (request, reply) => {
    const by = await adminRequestOf(request, callers);
    const { app, clientSecret } = await apps.register(by, jsonBodyOf(request));
    reply.code(201);
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

  server.get<OfApp>('/oauth/apps/:client_id/failed_requests', async (request) => {
    const by = await adminRequestOf(request, callers);
    const page = await apps.listFailedRequests(by, request.params.client_id, pagingOf(request));
    return { failed_requests: page.map(failedRequestJson) };
  });

  server.post<OfApp>('/oauth/apps/:client_id/rotate_secret', async (request) => {
    const by = await adminRequestOf(request, callers);
    const { clientSecret, previousExpiresAt } = await apps.rotateSecret(
      by,
      request.params.client_id,
      overlapSecondsOf(request),
    );
    return { client_secret: clientSecret.reveal(), previous_expires_at: previousExpiresAt.toISOString() };
  });
}
