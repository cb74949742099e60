import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import type { InstallRequestService } from '#gen/featureos/oauth/v1/install_request_service_pb.ts';
import type { InstallRequestManager } from '../domain/install-request/install-request-manager.ts';
import { fromProtoOrganizationId, fromProtoPaging } from './convert.ts';
import { fromProtoParameters } from './convert-parameters.ts';
import { toProtoInstallRequest } from './convert-request.ts';
import { adminRequestOf, initiatorOf, userIdOf } from './request-context.ts';

export function installRequestService(requests: InstallRequestManager): UnaryHandlers<typeof InstallRequestService> {
  return {
    async requestInstall({ parameters, targetOrganizationId, note }, context) {
      const input = {
        parameters: fromProtoParameters(parameters),
        organizationId: fromProtoOrganizationId(targetOrganizationId, 'target_organization_id'),
        note,
      };
      await requests.request(userIdOf(context), input, initiatorOf(context));
      return {};
    },
    async listInstallRequests(request, context) {
      const { requests: page, openCount } = await requests.list(adminRequestOf(context), fromProtoPaging(request));
      return { requests: page.map(toProtoInstallRequest), openCount };
    },
    async dismissInstallRequest({ requestId, reason }, context) {
      await requests.dismiss(adminRequestOf(context), requestId, reason);
      return {};
    },
  };
}
