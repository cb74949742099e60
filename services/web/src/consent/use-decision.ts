import { useMutation } from '@connectrpc/connect-query';
import type { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { ConsentDecision, ConsentService } from '#gen/featureos/oauth/v1/consent_service_pb.ts';
import { leaveFor } from '../routing/addresses.ts';
import { type ActorName, actorName } from '../scopes/actor-modes.ts';
import type { Parameters } from './parameters.ts';
import type { Choices } from './use-choices.ts';

export interface Decision {
  readonly isApproving: boolean;
  readonly isDeclining: boolean;
  /** Where the browser is being taken, once the decision is made: from then on there is nothing left to decide. */
  readonly redirectTo: string | undefined;
  readonly error: unknown;
  approve(): void;
  decline(): void;
}

/** Takes the decision once, and takes the browser to where the server says. */
export function useDecision(parameters: Parameters, mode: ActorMode, choices: Choices): Decision {
  const actor: ActorName = actorName(mode);
  const decide = useMutation(ConsentService.method.decideConsent, {
    onSuccess: ({ redirectTo }) => leaveFor(redirectTo),
    // We are leaving: nothing is read again.
    onSettled: () => undefined,
  });
  const isTaken = decide.isPending || decide.isSuccess;
  const { organization, grantedScopes, grantedEvents } = choices;
  const targetOrganizationId = organization?.organization?.id;
  const isDecline = decide.variables?.decision === ConsentDecision.DENY;
  return {
    isApproving: decide.isPending && !isDecline,
    isDeclining: decide.isPending && isDecline,
    redirectTo: decide.data?.redirectTo,
    error: decide.error,
    approve() {
      // Without a scope the request would mean all declared ones (RFC 6749 section 3.3).
      if (isTaken || targetOrganizationId === undefined || grantedScopes.length === 0) return;
      decide.mutate({
        decision: ConsentDecision.APPROVE,
        parameters: { ...parameters, actor, scope: grantedScopes.join(' ') },
        targetOrganizationId,
        grantedWebhookEvents: { events: [...grantedEvents] },
      });
    },
    decline() {
      if (isTaken) return;
      decide.mutate({
        decision: ConsentDecision.DENY,
        parameters: { ...parameters, actor },
        ...(targetOrganizationId !== undefined && { targetOrganizationId }),
      });
    },
  };
}
