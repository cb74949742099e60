import { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { text } from '../text.ts';

export type ActorName = 'app' | 'self';

/** As in the `actor` parameter of an authorization request. */
export const actorName = (mode: ActorMode): ActorName => (mode === ActorMode.SELF ? 'self' : 'app');

export const describeActor = (mode: ActorMode): string => text.actors[actorName(mode)];
