import type { ActorMode } from '#common/scopes/algebra.ts';

/** The author of a record: the user, or the bot of the app. */
export interface Author {
  readonly mode: ActorMode;
  readonly userId: number;
}

/** Scopes and the consent page call it a post. */
export interface FeatureRequest {
  readonly id: number;
  readonly title: string;
  readonly body: string;
  readonly author: Author;
  readonly createdAt: Date;
}

export interface Comment {
  readonly id: number;
  /** The feature request that the comment is about, if any. */
  readonly featureRequestId: number | null;
  readonly body: string;
  readonly author: Author;
  readonly createdAt: Date;
}

export interface Customer {
  readonly id: number;
  readonly name: string;
  readonly email: string;
}
