/** Operator calls with buf curl. */
import { Code } from '@connectrpc/connect';
import { beforeAll, expect, test } from 'vitest';
import { ActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { AppStatus } from '../../gen/featureos/oauth/v1/app_pb.ts';
import type { AuditEvent } from '../../gen/featureos/oauth/v1/audit_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallStatus } from '../../gen/featureos/oauth/v1/install_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { OperatorService } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import { testBed } from '../support/test-bed.ts';
import {
  expectStatus,
  OWNER_ADMIN,
  type Pair,
  pkce,
  REDIRECT_URI,
  type RegisteredApp,
  TARGET_ADMIN,
} from '../support/world.ts';
import { bufCurlClient } from './support/buf-curl.ts';
import { expectFailure, type RpcClient } from './support/rpc-client.ts';

const { findApp, findInstall, suspendApp, resumeApp, revokeInstall, listAuditEvents } = OperatorService.method;

const bed = testBed({ replicas: 2 });
let client: RpcClient;
let asOperator: { bearer: string };
let app: RegisteredApp;
let pair: Pair;

beforeAll(async () => {
  asOperator = { bearer: bed.system.tokens.operator };
  client = bufCurlClient('grpc', bed.system.authServerGrpc, asOperator.bearer);
  app = await bed.world.registerApp();
  pair = await bed.world.install(app);
});

test('an app is found by its client id, an install by its id and by its tokens', async () => {
  const { message } = await client.call(findApp, { clientId: app.clientId }, asOperator);
  expect(message.app).toMatchObject({ name: 'Roadmapper', status: AppStatus.ACTIVE });
  expect(message.installs).toMatchObject([{ status: InstallStatus.ACTIVE, actor: ActorMode.APP, installedBy: 2n }]);
  const id = message.installs[0]?.id as string;
  const ways = [
    { case: 'installId', value: id },
    { case: 'token', value: pair.access_token },
    { case: 'token', value: pair.refresh_token },
  ] as const;
  for (const found of await Promise.all(ways.map((by) => client.call(findInstall, { by }, asOperator)))) {
    expect(found.message.install).toMatchObject({ id, clientId: app.clientId });
  }
  const nothing = client.call(findApp, { clientId: 'foapp_x' }, asOperator);
  await expectFailure(nothing, Code.NotFound, ErrorReason.NOT_FOUND);
});

test('a suspended app has inactive tokens on every replica, and active ones again once it is resumed', async () => {
  const request = { clientId: app.clientId, reason: 'abuse report 7' };
  const suspended = await client.call(suspendApp, request, asOperator);
  expect(suspended.message.app?.status).toBe(AppStatus.SUSPENDED);
  await bed.world.expectEverywhere(pair.access_token, { active: false, inactiveReason: InactiveReason.SUSPENDED });
  const resumed = await client.call(resumeApp, request, asOperator);
  expect(resumed.message.app?.status).toBe(AppStatus.ACTIVE);
  await bed.world.expectEverywhere(pair.access_token, { active: true });
});

test('a revoked install has no working token on any replica', async () => {
  const installId = await bed.world.installId(app);
  await client.call(revokeInstall, { installId, reason: 'requested by the owner' }, asOperator);
  await bed.world.expectEverywhere(pair.access_token, { active: false, inactiveReason: InactiveReason.REVOKED });
  expect((await bed.world.refresh(app, pair.refresh_token)).body.error).toBe('invalid_grant');
});

test('the audit log has who did what from where, and no credential', async () => {
  const { world, system } = bed;
  const { verifier, challenge } = pkce();
  const audited = await world.registerApp();
  const code = await world.code(audited, {
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'canary-state',
  });
  const first = expectStatus(200, await world.exchange(audited, code, { code_verifier: verifier })).body;
  const second = expectStatus(200, await world.refresh(audited, first.refresh_token)).body;
  await world.client(audited, '/oauth/revoke', { token: second.access_token });
  await world.refresh(audited, first.refresh_token);
  const rotated = await world.as(
    OWNER_ADMIN,
    'POST',
    `/oauth/apps/${audited.clientId}/rotate_secret`,
    { overlap_seconds: 60 },
    'acme',
  );
  const installId = await world.installId(audited);
  await client.call(revokeInstall, { installId, reason: 'the end' }, asOperator);

  const { events } = (await client.call(listAuditEvents, { clientId: audited.clientId }, asOperator)).message;
  const appCaller = `app:${audited.clientId}`;
  expect(events.map(({ action, performedBy }) => [action, performedBy])).toEqual([
    ['install.revoked', 'operator:operator'],
    ['app.secret_rotated', `user:${OWNER_ADMIN}`],
    ['token.refresh_reused', appCaller],
    ['token.revoked', appCaller],
    ['install.refreshed', appCaller],
    ['install.granted', appCaller],
    ['consent.approved', `user:${TARGET_ADMIN}`],
    ['app.registered', `user:${OWNER_ADMIN}`],
  ]);
  expect(events[0]).toMatchObject({ installId, organizationId: 2n, details: { reason: 'the end' } });
  for (const { ipAddress, requestId, occurredAt } of events) {
    expect(ipAddress).toMatch(/127\.0\.0\.1$/);
    expect(requestId).not.toBe('');
    expect(occurredAt?.seconds).toBeGreaterThan(1_700_000_000n);
  }

  const credentials = [
    ...[audited.clientSecret, rotated.body.client_secret, code, verifier, 'canary-state'],
    ...[first, second].flatMap(({ access_token, refresh_token }: Pair) => [access_token, refresh_token]),
    ...Object.values(system.tokens),
  ];
  const everyEvent = (await world.operator.listAuditEvents({ perPage: 100 })).events;
  const everything =
    JSON.stringify(everyEvent.map(shown)) + JSON.stringify(await bed.tables.rows('SELECT * FROM audit_events'));
  expect(everything).toContain(audited.clientId);
  for (const credential of credentials) expect(everything).not.toContain(credential);
  expect(everything).not.toMatch(/fo(sec|oc|ot|or)_/);
  expect(everything).not.toContain(REDIRECT_URI);
});

/** With 64-bit ids as text, as in JSON. */
const shown = (event: AuditEvent) => ({
  ...event,
  id: String(event.id),
  organizationId: String(event.organizationId),
  occurredAt: '',
});
