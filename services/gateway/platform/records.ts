import type { ActorMode } from '#common/scopes/algebra.ts';

/** The author of a record: the user, or the bot of the app. */
export interface Author {
  readonly mode: ActorMode;
  readonly userId: number;
}

/** A post. */
export interface FeatureRequest {
  readonly id: number;
  readonly title: string;
  readonly body: string;
  readonly author: Author;
  readonly createdAt: Date;
}

export interface Comment {
  readonly id: number;
  /** The post of the comment, if it has one. */
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
