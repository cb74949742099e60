import { create } from '@bufbuild/protobuf';
import { invalidFields } from '#common/errors/app-error.ts';
import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import { AuthorizationRequestSchema } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { ConsentDecision, type ConsentService } from '#gen/featureos/oauth/v1/consent_service_pb.ts';
import { requireSomeScope } from '../domain/consent/authorization-request.ts';
import type { ConsentManager, ConsentView, ConsentDecision as Decision } from '../domain/consent/consent-manager.ts';
import { isSandbox } from '../domain/directory/sandbox.ts';
import { searchText } from '../domain/search-text.ts';
import {
  fromProtoOrganizationId,
  fromProtoPaging,
  toProtoActorMode,
  toProtoInstall,
  toProtoOrganizationRef,
  toProtoOrganizationStatus,
  toProtoRole,
} from './convert.ts';
import { fromProtoParameters } from './convert-parameters.ts';
import { toProtoRefusal } from './convert-policy.ts';
import { toProtoProfile } from './convert-profile.ts';
import { toProtoInstallRequest } from './convert-request.ts';
import { initiatorOf, userIdOf } from './request-context.ts';

/** ConsentService: the same operations as `/oauth/authorize`. */
export function consentService(consents: ConsentManager): UnaryHandlers<typeof ConsentService> {
  return {
    async getAuthorizationRequest(request, context) {
      const filter = {
        search: searchText(request.organizationSearch, 'organization_search'),
        paging: fromProtoPaging(request),
      };
      const view = await consents.view(userIdOf(context), fromProtoParameters(request.parameters), filter);
      return { authorizationRequest: toProtoAuthorizationRequest(view) };
    },
    async decideConsent(request, context) {
      const { targetOrganizationId: target, grantedWebhookEvents } = request;
      const decision = decisionOf(request.decision);
      const parameters = fromProtoParameters(request.parameters);
      // `scope` has no field presence: an empty value could also be a missing one, which would grant all scopes.
      if (decision === 'approve') requireSomeScope(parameters.scope);
      const redirectTo = await consents.decide(
        userIdOf(context),
        {
          parameters: { ...parameters, response_type: parameters.response_type || 'code' },
          decision,
          targetOrganizationId: target === 0n ? undefined : fromProtoOrganizationId(target, 'target_organization_id'),
          webhookEvents: grantedWebhookEvents?.events,
        },
        initiatorOf(context),
      );
      return { redirectTo };
    },
  };
}

/** Rejects unknown values, so that one from a later version never counts as an approval. */
function decisionOf(decision: ConsentDecision): Decision['decision'] {
  if (decision === ConsentDecision.APPROVE) return 'approve';
  if (decision === ConsentDecision.DENY) return 'deny';
  throw invalidFields([{ field: 'decision', message: 'must be CONSENT_DECISION_APPROVE or CONSENT_DECISION_DENY' }]);
}

function toProtoAuthorizationRequest(view: ConsentView) {
  return create(AuthorizationRequestSchema, {
    app: {
      clientId: view.app.clientId,
      name: view.app.name,
      ownerOrganization: toProtoOrganizationRef(view.app.ownerOrganization),
      profile: toProtoProfile(view.app),
    },
    redirectUri: view.redirectUri,
    actor: toProtoActorMode(view.actor),
    allowedActorModes: view.app.allowedActorModes.map(toProtoActorMode),
    requestedScopes: view.requestedScopes.map((scope) => ({ ...scope })),
    webhookEvents: [...view.webhookEvents],
    organizations: view.organizations.map(({ organization, role, installed, ...listed }) => ({
      organization: toProtoOrganizationRef(organization),
      status: toProtoOrganizationStatus(organization.status),
      isSandbox: isSandbox(organization.id),
      role: toProtoRole(role),
      mayInstall: listed.mayInstall,
      adminNames: [...listed.adminNames],
      policyRefusal: toProtoRefusal(listed.refusal),
      permittedScopes: [...listed.permittedScopes],
      mayRequest: listed.mayRequest,
      ...(listed.ownRequest && { ownRequest: toProtoInstallRequest(listed.ownRequest) }),
      openRequests: listed.openRequests.map(toProtoInstallRequest),
      ...(installed && { installed: toProtoInstall(installed) }),
    })),
  });
}
