import type { ActorMode } from '#common/scopes/algebra.ts';

/** Who wrote something: the user, or the bot of the app. */
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
  /** The post it is about, if it is about one. */
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
