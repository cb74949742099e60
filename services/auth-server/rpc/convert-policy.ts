import { invalidFields } from '#common/errors/app-error.ts';
import {
  type InstallPolicy as ProtoPolicy,
  PolicyRefusal as ProtoRefusal,
} from '#gen/featureos/oauth/v1/install_policy_pb.ts';
import type { InstallPolicy, PolicyRefusal } from '../domain/install-policy/install-policy.ts';
import type { PolicyView } from '../domain/install-policy/install-policy-manager.ts';
import { toProtoOrganizationRef } from './convert.ts';

const REFUSALS: Record<PolicyRefusal, ProtoRefusal> = {
  app_blocked: ProtoRefusal.APP_BLOCKED,
  app_not_allowed: ProtoRefusal.APP_NOT_ALLOWED,
  app_not_verified: ProtoRefusal.APP_NOT_VERIFIED,
  scopes_not_permitted: ProtoRefusal.SCOPES_NOT_PERMITTED,
};

export const toProtoRefusal = (refusal: PolicyRefusal | undefined): ProtoRefusal =>
  refusal === undefined ? ProtoRefusal.UNSPECIFIED : REFUSALS[refusal];

export const toProtoPolicyView = ({ policy, apps }: PolicyView) => ({
  policy: {
    membersMayRequest: policy.membersMayRequest,
    onlyVerifiedApps: policy.onlyVerifiedApps,
    allowedApps: [...policy.allowedApps],
    blockedApps: [...policy.blockedApps],
    permittedScopes: [...policy.permittedScopes],
  },
  apps: apps.map(({ clientId, name, owner }) => ({
    clientId,
    name,
    ownerOrganization: toProtoOrganizationRef(owner),
  })),
});

/** Throws if the policy is missing: an empty policy permits every app and scope. */
export function fromProtoPolicy(policy: ProtoPolicy | undefined): InstallPolicy {
  if (policy === undefined) throw invalidFields([{ field: 'policy', message: 'is required' }]);
  const { membersMayRequest, onlyVerifiedApps, allowedApps, blockedApps, permittedScopes } = policy;
  return { membersMayRequest, onlyVerifiedApps, allowedApps, blockedApps, permittedScopes };
}
