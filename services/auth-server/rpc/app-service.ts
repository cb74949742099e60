import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import type { ActorMode as ProtoActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import type { AppService, UpdateAppRequest } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import type { AppFieldName } from '../domain/app/app-fields.ts';
import type { AppManager } from '../domain/app/app-manager.ts';
import { fromProtoActorMode, fromProtoPaging, toProtoApp, toProtoAppInstall } from './convert.ts';
import { adminRequestOf } from './request-context.ts';

/** AppService over the same rules as `/oauth/apps`. */
export function appService(apps: AppManager): UnaryHandlers<typeof AppService> {
  return {
    async registerApp(request, context) {
      const { app, clientSecret } = await apps.register(adminRequestOf(context), {
        name: request.name,
        redirect_uris: request.redirectUris,
        allowed_actor_modes: toModeNames(request.allowedActorModes),
        declared_scopes: request.declaredScopes,
        webhook_url: request.webhookUrl || null,
        subscribed_webhook_events: request.subscribedWebhookEvents,
        require_pkce: request.requirePkce,
      } satisfies Record<AppFieldName, unknown>);
      return { app: toProtoApp(app), clientId: app.clientId, clientSecret: clientSecret.reveal() };
    },
    async listApps(request, context) {
      const page = await apps.list(adminRequestOf(context), fromProtoPaging(request));
      return { apps: page.map(toProtoApp) };
    },
    async getApp({ clientId }, context) {
      return { app: toProtoApp(await apps.get(adminRequestOf(context), clientId)) };
    },
    async updateApp(request, context) {
      return { app: toProtoApp(await apps.update(adminRequestOf(context), request.clientId, changedFields(request))) };
    },
    async deleteApp({ clientId }, context) {
      await apps.delete(adminRequestOf(context), clientId);
      return {};
    },
    async rotateAppSecret({ clientId, overlapSeconds }, context) {
      const { clientSecret, previousExpiresAt } = await apps.rotateSecret(
        adminRequestOf(context),
        clientId,
        overlapSeconds,
      );
      return { clientSecret: clientSecret.reveal(), previousExpiresAt: timestampFromDate(previousExpiresAt) };
    },
    async listAppInstalls(request, context) {
      const paging = fromProtoPaging(request);
      const { installs, activeCount } = await apps.listInstalls(adminRequestOf(context), request.clientId, paging);
      return { installs: installs.map(toProtoAppInstall), activeCount };
    },
  };
}

/** The fields that are set, by their names in the rules. */
function changedFields(request: UpdateAppRequest): Record<string, unknown> {
  const fields = {
    name: request.name,
    redirect_uris: request.redirectUris?.values,
    allowed_actor_modes: request.allowedActorModes && toModeNames(request.allowedActorModes.values),
    declared_scopes: request.declaredScopes?.values,
    webhook_url: request.webhookUrl === '' ? null : request.webhookUrl,
    subscribed_webhook_events: request.subscribedWebhookEvents?.values,
    require_pkce: request.requirePkce,
  } satisfies Record<AppFieldName, unknown>;
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Unknown modes keep a name that the rules refuse. */
const toModeNames = (modes: ProtoActorMode[]) =>
  modes.map((mode) => fromProtoActorMode(mode) ?? `unknown mode ${mode}`);
