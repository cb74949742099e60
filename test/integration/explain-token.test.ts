import { expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import type { ExplainTokenResponse } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import {
  CacheEntry,
  ScopeStatus,
  TokenCheckName,
  TokenKind,
} from '../../gen/featureos/oauth/v1/token_explanation_pb.ts';
import { hashCredential } from '../../services/common/credentials/hash.ts';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from '../../services/common/credentials/kinds.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type Pair, type RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });

const byToken = (value: string) => bed.world.operator.explainToken({ by: { case: 'token', value } });
const byHash = (token: string) =>
  bed.world.operator.explainToken({ by: { case: 'tokenSha256', value: hashCredential(token).toString('hex') } });

/** Expects that the explanations by token and by hash agree with Introspect. Returns the one by token. */
async function expectAgreement(token: string): Promise<ExplainTokenResponse> {
  const introspected = await bed.world.introspect(token);
  const explanations = [await byToken(token), await byHash(token)];
  for (const { introspection } of explanations) expect(introspection).toEqual(introspected);
  return explanations[0] as ExplainTokenResponse;
}

const firstFailed = ({ checks }: ExplainTokenResponse) => checks.find(({ passed }) => !passed);

interface Installed {
  readonly app: RegisteredApp;
  readonly pair: Pair;
  /** Owns the app. */
  readonly owner: OrganizationWithAdmin;
  /** Has installed the app; the token acts as this organization's admin. */
  readonly target: OrganizationWithAdmin;
  readonly installId: string;
}

async function installed(): Promise<Installed> {
  const { world } = bed;
  const [owner, target] = [await world.newOrganization(), await world.newOrganization()];
  const app = await world.registerApp({}, owner);
  const pair = await world.installInto(target, app, { actor: 'self' });
  return { app, pair, owner, target, installId: await world.installId(app, target) };
}

const patchApp = ({ app, owner }: Installed, fields: Record<string, unknown>) =>
  bed.world.changeApp(app, fields, owner);

const { PAIR, ACCESS_TOKEN, INSTALL, APP, OWNER_ORGANIZATION, ORGANIZATION, USER, EXPIRY } = TokenCheckName;
const { REVOKED, SUSPENDED, USER_NOT_MEMBER, EXPIRED } = InactiveReason;

type Cause = readonly [check?: TokenCheckName, reason?: InactiveReason, action?: string];

/** `cause`: the check that fails first, Introspect's reason, and the action of the audit event. */
const state = (name: string, cause: Cause, change: (install: Installed) => unknown) => ({ name, cause, change });

const STATES = [
  state('live', [], async () => {}),
  state('refreshed', [PAIR, REVOKED, 'install.refreshed'], ({ app, pair }) =>
    bed.world.refresh(app, pair.refresh_token),
  ),
  state('authorized again', [PAIR, REVOKED, 'install.granted'], ({ app, target }) =>
    bed.world.installInto(target, app, { actor: 'self' }),
  ),
  state('revoked by the app', [ACCESS_TOKEN, REVOKED, 'token.revoked'], ({ app, pair }) =>
    bed.world.client(app, '/oauth/revoke', { token: pair.access_token }),
  ),
  state('revoked with its install by the app', [PAIR, REVOKED, 'install.revoked'], ({ app, pair }) =>
    bed.world.client(app, '/oauth/revoke', { token: pair.refresh_token }),
  ),
  state('disconnected', [PAIR, REVOKED, 'install.disconnected'], ({ installId, target }) =>
    bed.world.disconnect(installId, target),
  ),
  state('revoked by an operator', [PAIR, REVOKED, 'install.revoked'], ({ installId }) =>
    bed.world.operator.revokeInstall({ installId, reason: 'leaked' }),
  ),
  state('of a deleted app', [PAIR, REVOKED, 'app.deleted'], async ({ app, owner }) => {
    await bed.world.deleteApp(app, owner);
    await bed.tables.appsUpdated();
  }),
  state('of a deleted organization', [PAIR, REVOKED, 'organization.deleted'], async ({ target }) => {
    await bed.world.directory.deleteOrganization({ organizationId: target.id });
    await bed.tables.appsUpdated();
  }),
  state('of an app that no longer allows its actor mode', [PAIR, REVOKED, 'app.changed'], async (install) => {
    await patchApp(install, { allowed_actor_modes: ['app'] });
    await bed.tables.appsUpdated();
  }),
  state('of a suspended app', [APP, SUSPENDED, 'app.suspended'], ({ app }) => bed.world.suspendApp(app)),
  state('of an app with a suspended owner', [OWNER_ORGANIZATION, SUSPENDED, 'organization.suspended'], ({ owner }) =>
    bed.world.operator.suspendOrganization({ organizationId: owner.id, reason: 'abuse' }),
  ),
  state('in a suspended organization', [ORGANIZATION, SUSPENDED, 'organization.put'], ({ target }) =>
    bed.world.suspend(target),
  ),
  state(
    'in a suspended organization that was put again',
    [ORGANIZATION, SUSPENDED, 'organization.suspended'],
    async (install) => {
      const { target } = install;
      await bed.world.operator.suspendOrganization({ organizationId: target.id, reason: 'abuse' });
      await bed.world.putOrganization(target);
    },
  ),
  state('of a user who left', [USER, USER_NOT_MEMBER, 'membership.deleted'], ({ target }) =>
    bed.world.removeMember(target),
  ),
  state('of a deleted user', [USER, USER_NOT_MEMBER, 'user.deleted'], ({ target }) =>
    bed.world.deleteUser(target.admin),
  ),
  state('of a user who was deleted and put again', [USER, USER_NOT_MEMBER, 'user.deleted'], async ({ target }) => {
    await bed.world.deleteUser(target.admin);
    await bed.world.directory.putUser({ user: { id: BigInt(target.admin), name: 'Again', email: '' } });
  }),
  state('expired', [EXPIRY, EXPIRED], async () => clock.advance(ACCESS_TOKEN_LIFETIME_SECONDS)),
  state('expired and of a suspended app', [APP, SUSPENDED, 'app.suspended'], async ({ app }) => {
    await bed.world.suspendApp(app);
    clock.advance(ACCESS_TOKEN_LIFETIME_SECONDS);
  }),
];

test.each(STATES)('the explanation agrees with Introspect and names the cause: $name', async ({ change, cause }) => {
  const [check, reason, action] = cause;
  const install = await installed();
  await change(install);
  const explanation = await expectAgreement(install.pair.access_token);
  expect(explanation).toMatchObject({ kind: TokenKind.ACCESS_TOKEN, installId: install.installId });
  expect(explanation.introspection).toMatchObject({
    active: check === undefined,
    inactiveReason: reason ?? InactiveReason.UNSPECIFIED,
  });
  const failed = firstFailed(explanation);
  expect(failed?.name).toBe(check);
  expect(failed?.auditEvent?.action).toBe(action);
  if (failed?.auditEvent !== undefined) expect(failed.occurredAt).toEqual(failed.auditEvent.occurredAt);
  const refresh = await expectAgreement(install.pair.refresh_token);
  expect(refresh).toMatchObject({ kind: TokenKind.REFRESH_TOKEN, installId: install.installId });
  expect(firstFailed(refresh)?.name).toBe(TokenCheckName.FORMAT);
});

test('explains an install that has ended before its rows are updated', async () => {
  const install = await installed();
  const { clientId } = install.app;
  await bed.tables.rows(`UPDATE apps SET declared_scopes = '{roadmap:read}' WHERE client_id = $1`, [clientId]);
  const explanation = await expectAgreement(install.pair.access_token);
  const detail = expect.stringContaining('scopes_withdrawn');
  expect(firstFailed(explanation)).toMatchObject({ name: INSTALL, detail });
});

test('explains text that is not a token, other credentials and unknown tokens, and rejects invalid hashes', async () => {
  const install = await installed();
  const unknown = (await installed()).pair.access_token;
  await bed.tables.rows('DELETE FROM tokens WHERE access_hash = $1', [hashCredential(unknown)]);
  const kinds = {
    '': TokenKind.UNSPECIFIED,
    malformed: TokenKind.UNSPECIFIED,
    [`${install.pair.access_token}x`]: TokenKind.UNSPECIFIED,
    [install.app.clientSecret]: TokenKind.CLIENT_SECRET,
    [await bed.world.codeFor(install.target, install.app)]: TokenKind.AUTHORIZATION_CODE,
  };
  for (const [text, kind] of Object.entries(kinds)) {
    const explanation = await byToken(text);
    expect(explanation).toMatchObject({ kind, checks: [{ name: TokenCheckName.FORMAT, passed: false }] });
    expect(explanation.introspection).toEqual(await bed.world.introspect(text));
  }
  const explanation = await expectAgreement(unknown);
  expect(firstFailed(explanation)).toMatchObject({ name: TokenCheckName.KNOWN });
  for (const value of ['', 'x'.repeat(64), 'ab'.repeat(31)]) {
    const call = bed.world.operator.explainToken({ by: { case: 'tokenSha256', value } });
    await expectRpcError(call, ErrorReason.INVALID_FIELD);
  }
  await expectRpcError(bed.world.operator.explainToken({}), ErrorReason.INVALID_FIELD);
});

test('says which consented scopes the app withdrew and which the role does not allow', async () => {
  const install = await installed();
  const statuses = async () =>
    Object.fromEntries((await byToken(install.pair.access_token)).scopes.map(({ scope, status }) => [scope, status]));
  const { GRANTED, NOT_DECLARED, NOT_ALLOWED_BY_ROLE } = ScopeStatus;
  expect(await statuses()).toEqual({ 'posts:read': GRANTED, 'posts:write': GRANTED, 'comments:read': GRANTED });
  expectStatus(200, await patchApp(install, { declared_scopes: ['posts:read', 'posts:write'] }));
  await bed.tables.appsUpdated();
  await bed.world.setRole(install.target.id, install.target.admin, Role.MEMBER);
  expect(await statuses()).toEqual({
    'posts:read': GRANTED,
    'posts:write': NOT_ALLOWED_BY_ROLE,
    'comments:read': NOT_DECLARED,
  });
  await expectAgreement(install.pair.access_token);
});

test('shows what the cache has, and that a change has invalidated it', async () => {
  const { app, pair, owner, target } = await installed();
  const { access_token: token } = pair;
  expect((await byToken(token)).cache).toMatchObject({ entry: CacheEntry.NONE, problem: '' });
  await bed.cache(token);
  const { cache, introspection } = await byToken(token);
  expect(cache).toMatchObject({ entry: CacheEntry.STATE, valid: true, response: introspection });
  expect(cache?.generation).toMatch(/^[0-9a-f]{16}$/);
  expect(cache?.stamps.map(({ of, entry }) => [of.value, entry])).toEqual(
    [app.clientId, target.id, owner.id, BigInt(target.admin)].map((id) => [id, CacheEntry.STAMP]),
  );
  await bed.world.suspendApp(app);
  const after = (await byToken(token)).cache;
  expect(after).toMatchObject({ entry: CacheEntry.STATE, valid: false, response: { active: true } });
  expect(after?.stamps[0]?.entry).toBe(CacheEntry.NONE);
});

test('changes nothing, in the database or in the cache', async () => {
  const { pair } = await installed();
  await bed.cache(pair.access_token);
  const before = await bed.entries.dump();
  await bed.tables.unchangedBy(() => byToken(pair.access_token));
  expect(await bed.entries.dump()).toEqual(before);
});
