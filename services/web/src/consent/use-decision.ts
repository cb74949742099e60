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
  /** Set once the decision is made: the browser is being redirected there. */
  readonly redirectTo: string | undefined;
  readonly error: unknown;
  approve(): void;
  decline(): void;
}

/** Sends the decision once; it can be sent again only after an error. Then redirects the browser to the URL that the server returns. */
export function useDecision(parameters: Parameters, mode: ActorMode, choices: Choices): Decision {
  const actor: ActorName = actorName(mode);
  const decide = useMutation(ConsentService.method.decideConsent, {
    onSuccess: ({ redirectTo }) => leaveTo(redirectTo),
    // The browser is about to leave this page, so queries are not invalidated.
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
      // An empty scope would mean all declared ones (RFC 6749 section 3.3).
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
