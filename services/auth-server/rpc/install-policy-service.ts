import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import type { InstallPolicyService } from '#gen/featureos/oauth/v1/install_policy_service_pb.ts';
import type { InstallPolicyManager } from '../domain/install-policy/install-policy-manager.ts';
import { fromProtoPolicy, toProtoPolicyView } from './convert-policy.ts';
import { adminRequestOf } from './request-context.ts';

export function installPolicyService(policies: InstallPolicyManager): UnaryHandlers<typeof InstallPolicyService> {
  return {
    async getInstallPolicy(_request, context) {
      return toProtoPolicyView(await policies.get(adminRequestOf(context)));
    },
    async putInstallPolicy({ policy }, context) {
      return toProtoPolicyView(await policies.put(adminRequestOf(context), fromProtoPolicy(policy)));
    },
  };
}
