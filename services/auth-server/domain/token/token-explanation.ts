import type { CredentialKind } from '#common/credentials/kinds.ts';
import type { InspectedEntry } from '../../token-state/cache-inspector.ts';
import type { AuditEvent } from '../audit-store.ts';
import type { ListedInvalidation } from '../invalidation-store.ts';
import type { ExplainedPair, TokenState } from './token-store.ts';

/** What Introspect returns. */
export type IntrospectedState = TokenState | { readonly inactive: 'malformed' | 'expired' };

export type TokenCheckName =
  | 'format'
  | 'known'
  | 'pair'
  | 'access_token'
  | 'install'
  | 'app'
  | 'owner_organization'
  | 'organization'
  | 'user'
  | 'expiry';

/** One condition that the response depends on. */
export interface TokenCheck {
  readonly name: TokenCheckName;
  readonly passed: boolean;
  /** A sentence for operators. */
  readonly detail: string;
  /** When the condition began to fail, if known. */
  readonly occurredAt?: Date | undefined;
  /** The event that made it fail, if it is still in the audit log. */
  readonly auditEvent?: AuditEvent | undefined;
}

export type ScopeStatus = 'effective' | 'not_declared' | 'not_allowed_by_role';

/** Why a token is or is not active. */
export interface TokenExplanation {
  readonly introspected: IntrospectedState;
  /** Undefined for text that is not a credential of this server, and for an unknown hash. */
  readonly kind: CredentialKind | undefined;
  /** In the order of the decision. */
  readonly checks: readonly TokenCheck[];
  /** Undefined unless an access or refresh token is stored. */
  readonly stored?: StoredToken;
}

export interface StoredToken {
  readonly pair: ExplainedPair;
  /** Every scope that was consented to. */
  readonly scopes: readonly { readonly scope: string; readonly status: ScopeStatus }[];
  /** The reason as text if Redis could not be read. */
  readonly cache: InspectedEntry | string;
  /** Oldest first, at most 100. */
  readonly invalidations: readonly ListedInvalidation[];
}
