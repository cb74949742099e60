import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import type { OwnInstallService } from '#gen/featureos/oauth/v1/own_install_service_pb.ts';
import type { OwnInstallManager } from '../domain/install/own-install-manager.ts';
import { fromProtoPaging, toProtoOwnInstall } from './convert.ts';
import { initiatorOf, userIdOf } from './request-context.ts';

export function ownInstallService(installs: OwnInstallManager): UnaryHandlers<typeof OwnInstallService> {
  return {
    async listOwnInstalls(request, context) {
      const page = await installs.list(userIdOf(context), fromProtoPaging(request));
      return { installs: page.map(toProtoOwnInstall) };
    },
    async disconnectOwnInstall({ installId }, context) {
      await installs.disconnect(userIdOf(context), installId, initiatorOf(context));
      return {};
    },
  };
}
