import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { CredentialKind } from '#common/credentials/kinds.ts';
import { IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import type { ExplainTokenResponseSchema } from '#gen/featureos/oauth/v1/operator_service_pb.ts';
import {
  type CachedStamp,
  type CachedTokenStateSchema,
  CacheEntry,
  type PendingInvalidation,
  PendingInvalidationSchema,
  TokenCheckName as ProtoCheckName,
  ScopeStatus as ProtoScopeStatus,
  type TokenCheckSchema,
  TokenKind,
} from '#gen/featureos/oauth/v1/token_explanation_pb.ts';
import type { ListedInvalidation } from '../domain/invalidation-store.ts';
import type {
  ScopeStatus,
  StoredToken,
  TokenCheck,
  TokenCheckName,
  TokenExplanation,
} from '../domain/token/token-explanation.ts';
import type { TokenStamp } from '../domain/token/token-store.ts';
import type { EntryKind } from '../token-state/cache-inspector.ts';
import { toProtoAuditEvent } from './convert-audit.ts';
import { toIntrospectResponse } from './introspect-response.ts';

/** TokenKind has every kind of credential, also those that are not tokens. */
const KINDS: Record<CredentialKind, TokenKind> = {
  access_token: TokenKind.ACCESS_TOKEN,
  refresh_token: TokenKind.REFRESH_TOKEN,
  authorization_code: TokenKind.AUTHORIZATION_CODE,
  client_secret: TokenKind.CLIENT_SECRET,
};

const CHECKS: Record<TokenCheckName, ProtoCheckName> = {
  format: ProtoCheckName.FORMAT,
  known: ProtoCheckName.KNOWN,
  pair: ProtoCheckName.PAIR,
  access_token: ProtoCheckName.ACCESS_TOKEN,
  install: ProtoCheckName.INSTALL,
  app: ProtoCheckName.APP,
  owner_organization: ProtoCheckName.OWNER_ORGANIZATION,
  organization: ProtoCheckName.ORGANIZATION,
  user: ProtoCheckName.USER,
  expiry: ProtoCheckName.EXPIRY,
};

/** The contract calls effective scopes GRANTED, although scopes with the other statuses were granted, too. */
const SCOPE_STATUSES: Record<ScopeStatus, ProtoScopeStatus> = {
  effective: ProtoScopeStatus.GRANTED,
  not_declared: ProtoScopeStatus.NOT_DECLARED,
  not_allowed_by_role: ProtoScopeStatus.NOT_ALLOWED_BY_ROLE,
};

const ENTRIES: Record<EntryKind, CacheEntry> = {
  none: CacheEntry.NONE,
  state: CacheEntry.STATE,
  lease: CacheEntry.LEASE,
  fence: CacheEntry.FENCE,
  stamp: CacheEntry.STAMP,
};

export function toProtoExplanation(explanation: TokenExplanation): MessageInitShape<typeof ExplainTokenResponseSchema> {
  const { introspected, kind, checks, stored } = explanation;
  return {
    introspection: toIntrospectResponse(introspected),
    kind: kind === undefined ? TokenKind.UNSPECIFIED : KINDS[kind],
    checks: checks.map(toProtoCheck),
    ...(stored && {
      installId: stored.pair.installId,
      scopes: stored.scopes.map(({ scope, status }) => ({ scope, status: SCOPE_STATUSES[status] })),
      cache: toProtoCache(stored),
      pendingInvalidations: stored.invalidations.map(toProtoInvalidation),
    }),
  };
}

export function toProtoInvalidation(invalidation: ListedInvalidation): PendingInvalidation {
  const { changeId, createdAt, installId, clientId, organizationId, userId } = invalidation;
  return create(PendingInvalidationSchema, {
    createdAt: timestampFromDate(createdAt),
    changeId: changeId.toString('hex'),
    installId: installId ?? '',
    clientId: clientId ?? '',
    organizationId: BigInt(organizationId ?? 0),
    userId: BigInt(userId ?? 0),
  });
}

const toProtoCheck = ({
  name,
  passed,
  detail,
  occurredAt,
  auditEvent,
}: TokenCheck): MessageInitShape<typeof TokenCheckSchema> => ({
  name: CHECKS[name],
  passed,
  detail,
  ...(occurredAt && { occurredAt: timestampFromDate(occurredAt) }),
  ...(auditEvent && { auditEvent: toProtoAuditEvent(auditEvent) }),
});

function toProtoCache({ cache, pair }: StoredToken): MessageInitShape<typeof CachedTokenStateSchema> {
  if (typeof cache === 'string') return { problem: cache };
  const { generation, entry, stamps: stampEntries, state } = cache;
  return {
    generation: generation.toString('hex'),
    entry: ENTRIES[entry],
    ...(state && {
      valid: state.isValid,
      response: fromBinary(IntrospectResponseSchema, state.response),
      freshUntil: timestampFromDate(state.freshUntil),
    }),
    stamps: pair.state.stamps.map((stamp, index) => ({
      of: stampOwner(stamp, pair.clientId),
      entry: ENTRIES[stampEntries[index] ?? 'none'],
    })),
  };
}

/** `clientId`: that of the token's app, because a stamp has only the internal id of this app. */
function stampOwner({ kind, id }: TokenStamp, clientId: string): CachedStamp['of'] {
  if (kind === 'app') return { case: 'clientId', value: clientId };
  return { case: kind === 'user' ? 'userId' : 'organizationId', value: BigInt(id) };
}
