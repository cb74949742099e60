import { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import type { Install } from '#gen/featureos/oauth/v1/install_pb.ts';

/** What the user is about to grant. */
export interface Grant {
  readonly actor: ActorMode;
  readonly userId: bigint;
  readonly scopes: readonly string[];
  readonly events: readonly string[];
}

/** What a consent changes about an existing install. */
export interface Difference {
  readonly gainedScopes: readonly string[];
  readonly lostScopes: readonly string[];
  readonly gainedEvents: readonly string[];
  readonly lostEvents: readonly string[];
  /** Whether the app would act as a bot instead of a user, or the other way round. */
  readonly changesMode: boolean;
  /** Whether the app would act as another user. */
  readonly changesUser: boolean;
  readonly isEmpty: boolean;
}

type CurrentInstall = Pick<Install, 'actor' | 'userId' | 'grantedScopes' | 'grantedWebhookEvents'>;

export function diffGrant(current: CurrentInstall, grant: Grant): Difference {
  const changesMode = current.actor !== grant.actor;
  const difference = {
    gainedScopes: without(grant.scopes, current.grantedScopes),
    lostScopes: without(current.grantedScopes, grant.scopes),
    gainedEvents: without(grant.events, current.grantedWebhookEvents),
    lostEvents: without(current.grantedWebhookEvents, grant.events),
    changesMode,
    changesUser: !changesMode && grant.actor === ActorMode.SELF && current.userId !== grant.userId,
  };
  const changes = Object.values(difference).some((part) => (Array.isArray(part) ? part.length > 0 : part));
  return { ...difference, isEmpty: !changes };
}

const without = (names: readonly string[], others: readonly string[]) => names.filter((name) => !others.includes(name));
