import type { CredentialKind } from '#common/credentials/kinds.ts';
import { hasExpired } from '#common/token-state/expiry.ts';
import type { AuditEvent } from '../audit-store.ts';
import { type EndEvents, endText } from './end-events.ts';
import type { TokenCheck, TokenCheckName } from './token-explanation.ts';
import type { ExplainedPair } from './token-store.ts';

const FORMATS: Record<CredentialKind, string> = {
  access_token: 'an access token',
  refresh_token: 'a refresh token, which is inactive for introspection; the checks below are those of its pair',
  authorization_code: 'an authorization code, not a token',
  client_secret: 'a client secret, not a token',
};

/** `kind`: undefined for text that is not a credential of this server. */
export function formatCheck(kind: CredentialKind | undefined): TokenCheck {
  const detail =
    kind === undefined ? 'not a token of this server: wrong prefix, length or check characters' : FORMATS[kind];
  return { name: 'format', passed: kind === 'access_token', detail };
}

export const knownCheck = (isKnown: boolean): TokenCheck => ({
  name: 'known',
  passed: isKnown,
  detail: isKnown
    ? 'the token is stored'
    : 'the token is not stored: never issued, or removed after its retention time',
});

/** The checks of a stored token, in the order in which states_of_tokens and why_inactive decide. */
export async function storedChecks(pair: ExplainedPair, events: EndEvents, now: number): Promise<TokenCheck[]> {
  const checks = [pairCheck, installCheck, appCheck, ownerCheck, organizationCheck].map((check) => check(pair, events));
  if (pair.kind === 'access_token') checks.splice(1, 0, accessCheck(pair, events));
  if (pair.actorMode === 'self') checks.push(userCheck(pair, events));
  if (pair.kind === 'access_token') checks.push(expiryCheck(pair, now));
  return Promise.all(checks);
}

type Check = (pair: ExplainedPair, events: EndEvents) => Promise<TokenCheck>;

const passed = async (name: TokenCheckName, detail: string): Promise<TokenCheck> => ({ name, passed: true, detail });

async function failed(
  name: TokenCheckName,
  detail: string,
  event: Promise<AuditEvent | undefined>,
  at?: Date | null,
): Promise<TokenCheck> {
  const auditEvent = await event;
  return { name, passed: false, detail, occurredAt: at ?? auditEvent?.occurredAt, auditEvent };
}

const pairCheck: Check = ({ endReason, endedAt }, events) =>
  endReason === null
    ? passed('pair', 'the pair of access and refresh token is live')
    : failed('pair', `the pair was ${endText(endReason)} (${endReason})`, events.ofEnd(endReason, endedAt), endedAt);

const accessCheck: Check = ({ accessRevokedAt }, events) =>
  accessRevokedAt === null
    ? passed('access_token', 'the access token was not revoked separately')
    : failed(
        'access_token',
        'the app revoked the access token separately, which did not end the pair',
        events.ofAccessRevocation(accessRevokedAt),
        accessRevokedAt,
      );

const installCheck: Check = ({ installId, installEndReason, installEndedAt }, events) =>
  installEndReason === null
    ? passed('install', `the install ${installId} is live`)
    : failed(
        'install',
        `the install ${installId} was ${endText(installEndReason)} (${installEndReason})`,
        events.ofEnd(installEndReason, installEndedAt),
        installEndedAt,
      );

const appCheck: Check = ({ clientId, appStatus }, events) =>
  appStatus === 'active'
    ? passed('app', `the app ${clientId} is not suspended`)
    : failed('app', `the app ${clientId} is suspended`, events.ofAppSuspension());

const ownerCheck: Check = ({ ownerId, ownerStatus }, events) =>
  ownerStatus === 'active'
    ? passed('owner_organization', `the owner of the app, organization ${ownerId}, is not suspended`)
    : failed(
        'owner_organization',
        `the owner of the app, organization ${ownerId}, is suspended`,
        events.ofOrganizationSuspension(ownerId),
      );

const organizationCheck: Check = ({ organizationId, organizationStatus }, events) =>
  organizationStatus === 'active'
    ? passed('organization', `organization ${organizationId} is not suspended`)
    : failed(
        'organization',
        `organization ${organizationId} is suspended`,
        events.ofOrganizationSuspension(organizationId),
      );

const userCheck: Check = ({ installedBy, organizationId, role, userDeletedAt }, events) =>
  role === null
    ? failed(
        'user',
        userDeletedAt === null
          ? `user ${installedBy} is not a member of organization ${organizationId}`
          : `user ${installedBy} is deleted`,
        events.ofUser(),
        userDeletedAt,
      )
    : passed('user', `user ${installedBy} is a member of organization ${organizationId}, in the role ${role}`);

const expiryCheck = async ({ accessExpiresAt }: ExplainedPair, now: number): Promise<TokenCheck> =>
  hasExpired(accessExpiresAt.getTime(), now)
    ? { name: 'expiry', passed: false, detail: 'the access token has expired', occurredAt: accessExpiresAt }
    : { name: 'expiry', passed: true, detail: `the access token expires at ${accessExpiresAt.toISOString()}` };
