import { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import type { Install } from '#gen/featureos/oauth/v1/install_pb.ts';

/** What somebody is about to grant. */
export interface Grant {
  readonly actor: ActorMode;
  readonly userId: bigint;
  readonly scopes: readonly string[];
  readonly events: readonly string[];
}

/** What a consent changes about an install that stands. */
export interface Difference {
  readonly gainedScopes: readonly string[];
  readonly lostScopes: readonly string[];
  readonly gainedEvents: readonly string[];
  readonly lostEvents: readonly string[];
  /** Whether it would act as somebody else: a bot and no person, or the other way round. */
  readonly changesMode: boolean;
  /** Whether it would act as another person. */
  readonly changesPerson: boolean;
  readonly isEmpty: boolean;
}

type Standing = Pick<Install, 'actor' | 'userId' | 'grantedScopes' | 'grantedWebhookEvents'>;

export function differenceTo(standing: Standing, grant: Grant): Difference {
  const changesMode = standing.actor !== grant.actor;
  const difference = {
    gainedScopes: without(grant.scopes, standing.grantedScopes),
    lostScopes: without(standing.grantedScopes, grant.scopes),
    gainedEvents: without(grant.events, standing.grantedWebhookEvents),
    lostEvents: without(standing.grantedWebhookEvents, grant.events),
    changesMode,
    changesPerson: !changesMode && grant.actor === ActorMode.SELF && standing.userId !== grant.userId,
  };
  const changes = Object.values(difference).some((part) => (Array.isArray(part) ? part.length > 0 : part));
  return { ...difference, isEmpty: !changes };
}

const without = (names: readonly string[], others: readonly string[]) => names.filter((name) => !others.includes(name));
