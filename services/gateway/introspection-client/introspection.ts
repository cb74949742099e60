import { AppError } from '#common/errors/app-error.ts';
import type { ActorMode } from '#common/scopes/algebra.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';

/** Whose token it is and what it may do at this moment. */
export interface ActiveToken {
  readonly active: true;
  readonly clientId: string;
  readonly installId: string;
  /** The organization the token acts in, and only in. */
  readonly organization: { readonly id: number; readonly subdomain: string };
  readonly actor: Actor;
  /** Effective scopes, in catalog order. */
  readonly scopes: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** As whom a token acts: the consenting user, or the bot of the app. */
export interface Actor {
  readonly mode: ActorMode;
  readonly userId: number;
}

/** For logs and metrics only: an API answers 401 for all of them alike. */
export type InactiveTokenReason =
  | 'malformed'
  | 'unknown'
  | 'expired'
  | 'revoked'
  | 'suspended'
  | 'user_not_member'
  /** One that this version does not know. */
  | 'other';

interface InactiveToken {
  readonly active: false;
  readonly reason: InactiveTokenReason;
}

export type Introspection = ActiveToken | InactiveToken;

/**
 * Asks whether an access token may be used right now.
 *
 * Nobody may put a cache before or behind this interface. Introspection promises that once a disconnect has returned,
 * no answer is from before it. It keeps that promise with a cache that the change itself fences; a gateway cannot be
 * reached by that fence, so an answer kept here, even for a second, would let a revoked token in.
 */
export interface IntrospectionClient {
  /** Throws IntrospectionUnavailable where it could not be decided: that is neither active nor inactive. */
  introspect(token: string): Promise<Introspection>;
  close(): void;
}

/** Introspection could not decide (or could not be asked). To be answered with 503, never with 401, never with access. */
export class IntrospectionUnavailable extends AppError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, cause: unknown) {
    super(ErrorReason.DEPENDENCY_UNAVAILABLE, 'It cannot be told right now whether the access token is valid', {
      retryAfterSeconds,
      cause,
    });
    this.name = 'IntrospectionUnavailable';
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
