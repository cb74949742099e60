/** Whose token it is and what it may do now. */
export interface ActiveToken {
  readonly active: true;
  readonly clientId: string;
  readonly installId: string;
  /** The only organization that the token can access. */
  readonly organization: { readonly id: number; readonly subdomain: string };
  readonly actor: Actor;
  /** Effective scopes, in catalog order. */
  readonly scopes: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** The user that a token acts as: the bot of the app (`app`), or the user who consented (`self`). */
export interface Actor {
  readonly mode: 'app' | 'self';
  readonly userId: number;
}

/** Reasons are for logs and metrics only: an API responds to all of them with the same 401. */
export type InactiveTokenReason =
  | 'malformed'
  | 'unknown'
  | 'expired'
  | 'revoked'
  | 'suspended'
  | 'user_not_member'
  /** A reason that this version does not know. */
  | 'other';

export interface InactiveToken {
  readonly active: false;
  readonly reason: InactiveTokenReason;
}

export type Introspection = ActiveToken | InactiveToken;

/**
 * Introspection is unreachable or could not decide. An API responds with 503, never with 401 and never with access. `cause` is
 * the error of the call.
 */
export class IntrospectionUnavailable extends Error {
  readonly status = 503;
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, cause: unknown) {
    super('The access token cannot be checked now; try again', { cause });
    this.name = 'IntrospectionUnavailable';
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Express and Fastify send the headers of an error that is thrown. */
  get headers(): Record<string, string> {
    return { 'retry-after': String(this.retryAfterSeconds) };
  }

  get body() {
    return { message: this.message, status: this.status, success: false };
  }
}
