import { useMutation } from '@connectrpc/connect-query';
import type { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { ConsentDecision, ConsentService } from '#gen/featureos/oauth/v1/consent_service_pb.ts';
import { leaveTo } from '../routing/paths.ts';
import { type ActorName, actorName } from '../scopes/actor-modes.ts';
import type { Parameters } from './parameters.ts';
import type { Choices } from './use-choices.ts';

export interface Decision {
  readonly isApproving: boolean;
  readonly isDeclining: boolean;
  /** Where the browser is being redirected; set once the server has accepted the decision. */
  readonly redirectTo: string | undefined;
  readonly error: unknown;
  approve(): void;
  decline(): void;
}

/** Sends the decision and redirects the browser to the URL that the server returns. It can be sent again only after an error. */
export function useDecision(parameters: Parameters, mode: ActorMode, choices: Choices): Decision {
  const actor: ActorName = actorName(mode);
  const decide = useMutation(ConsentService.method.decideConsent, {
    onSuccess: ({ redirectTo }) => leaveTo(redirectTo),
    // Overrides the default, which fetches all queries again: after a success the browser leaves this page.
    onSettled: () => undefined,
  });
  const isDecided = decide.isPending || decide.isSuccess;
  const { organization, grantedScopes, grantedEvents } = choices;
  const targetOrganizationId = organization?.organization?.id;
  const isDecline = decide.variables?.decision === ConsentDecision.DENY;
  return {
    isApproving: decide.isPending && !isDecline,
    isDeclining: decide.isPending && isDecline,
    redirectTo: decide.data?.redirectTo,
    error: decide.error,
    approve() {
      // The server rejects an approval without a scope.
      if (isDecided || targetOrganizationId === undefined || grantedScopes.length === 0) return;
      decide.mutate({
        decision: ConsentDecision.APPROVE,
        parameters: { ...parameters, actor, scope: grantedScopes.join(' ') },
        targetOrganizationId,
        grantedWebhookEvents: { events: [...grantedEvents] },
      });
    },
    decline() {
      if (isDecided) return;
      decide.mutate({
        decision: ConsentDecision.DENY,
        parameters: { ...parameters, actor },
        ...(targetOrganizationId !== undefined && { targetOrganizationId }),
      });
    },
  };
}
