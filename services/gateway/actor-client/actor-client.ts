import type { Actor } from '@featureos/introspection-client';

/** The user or bot behind an actor, for display. */
export interface ActorProfile {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  /** An https URL, or http on a loopback host; null: none. */
  readonly profilePicture: string | null;
  readonly organizationName: string;
}

/** Looks up the user or the bot that a token acts as. */
export interface ActorClient {
  /** Throws DEPENDENCY_UNAVAILABLE if the look-up fails for any reason. */
  getActor(actor: Actor, organizationId: number): Promise<ActorProfile>;
  close(): void;
}
