import type { Actor } from '@featureos/introspection-client';

/** Who an actor is, for showing. */
export interface ActorProfile {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  /** An https URL, or null. */
  readonly profilePicture: string | null;
  readonly organizationName: string;
}

/** Names the user or the bot that a token acts as. */
export interface ActorClient {
  /** Throws DEPENDENCY_UNAVAILABLE where there is no answer in time. */
  getActor(actor: Actor, organizationId: number): Promise<ActorProfile>;
  close(): void;
}
