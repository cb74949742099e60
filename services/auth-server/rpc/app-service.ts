import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import type { AppService } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import type { AppManager } from '../domain/app/app-manager.ts';
import type { SandboxManager } from '../domain/directory/sandbox-manager.ts';
import { fromProtoPaging, toProtoAppInstall, toProtoOrganizationRef } from './convert.ts';
import { fromProtoFields, toProtoApp, toProtoFailedRequest } from './convert-app.ts';
import { adminRequestOf } from './request-context.ts';

/** AppService: the operations of `/oauth/apps` (except on logos), the list of an app's installs, and the sandbox. */
export function appService(apps: AppManager, sandboxes: SandboxManager): UnaryHandlers<typeof AppService> {
  return {
    async registerApp(request, context) {
      const { app, clientSecret } = await apps.register(adminRequestOf(context), fromProtoFields(request));
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
      return {
        app: toProtoApp(await apps.update(adminRequestOf(context), request.clientId, fromProtoFields(request))),
      };
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
    async listFailedRequests(request, context) {
      const paging = fromProtoPaging(request);
      const page = await apps.listFailedRequests(adminRequestOf(context), request.clientId, paging);
      return { failedRequests: page.map(toProtoFailedRequest) };
    },
    async createSandbox(_request, context) {
      return { sandbox: toProtoOrganizationRef(await sandboxes.create(adminRequestOf(context))) };
    },
  };
}
