import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import type { InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import type { InstallManager } from '../domain/install/install-manager.ts';
import { fromProtoPaging, toProtoInstall } from './convert.ts';
import { adminRequestOf } from './request-context.ts';

/** InstallService: the same operations as `/oauth/installs`. */
export function installService(installs: InstallManager): UnaryHandlers<typeof InstallService> {
  return {
    async listInstalls(request, context) {
      const page = await installs.list(adminRequestOf(context), fromProtoPaging(request));
      return { installs: page.map(toProtoInstall) };
    },
    async getInstall({ installId }, context) {
      return { install: toProtoInstall(await installs.get(adminRequestOf(context), installId)) };
    },
    async disconnect({ installId }, context) {
      await installs.disconnect(adminRequestOf(context), installId);
      return {};
    },
  };
}
