import type { FastifyInstance } from 'fastify';
import { invalidRequest } from '#common/errors/app-error.ts';
import type { CallerIdentifier } from '../../callers/identify-caller.ts';
import type { DeliveryFilter } from '../../domain/webhook/delivery-store.ts';
import type { HookManager } from '../../domain/webhook/hook-manager.ts';
import { DELIVERY_STATUSES } from '../../domain/webhook/webhook.ts';
import type { Parameters } from '../parameters.ts';
import { adminRequestOf, overlapSecondsOf, pagingOf, queryOf } from '../requests.ts';
import { deliveryJson, hookJson, rotatedSecretJson } from '../serializers.ts';

type OfApp = { Params: { client_id: string } };
type OfOne = { Params: { id: string } };

/** The webhooks of the caller's apps: hooks, signing secrets, the delivery log. */
export function webhookRoutes(server: FastifyInstance, callers: CallerIdentifier, hooks: HookManager): void {
  server.get<OfApp>('/oauth/apps/:client_id/hooks', async (request) => {
    const by = await adminRequestOf(request, callers);
    return { hooks: (await hooks.list(by, request.params.client_id, pagingOf(request))).map(hookJson) };
  });

  server.get<OfApp>('/oauth/apps/:client_id/deliveries', async (request) => {
    const by = await adminRequestOf(request, callers);
    const filter = filterOf(queryOf(request));
    const page = await hooks.listDeliveries(by, request.params.client_id, filter, pagingOf(request));
    return { deliveries: page.map(deliveryJson) };
  });

  server.post<OfOne>('/oauth/hooks/:id/rotate_secret', async (request) => {
    const by = await adminRequestOf(request, callers);
    const rotated = await hooks.rotateSecret(by, request.params.id, overlapSecondsOf(request));
    return rotatedSecretJson(rotated);
  });

  server.post<OfOne>('/oauth/hooks/:id/enable', async (request) => {
    const by = await adminRequestOf(request, callers);
    return { hook: hookJson(await hooks.enable(by, request.params.id)) };
  });

  server.post<OfOne>('/oauth/deliveries/:id/replay', async (request) => {
    const by = await adminRequestOf(request, callers);
    return { delivery: deliveryJson(await hooks.replay(by, request.params.id)) };
  });
}

function filterOf(query: Parameters): DeliveryFilter {
  const hookId = query.get('hook_id');
  const status = query.get('status');
  const known = DELIVERY_STATUSES.find((name) => name === status);
  if (status !== '' && known === undefined)
    throw invalidRequest(`status must be one of ${DELIVERY_STATUSES.join(', ')}`);
  return { ...(hookId !== '' && { hookId }), ...(known !== undefined && { status: known }) };
}
