import { expect, test } from 'vitest';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER_ADMIN, type Pair, pkce, REDIRECT_URI, TARGET_ADMIN } from '../support/world.ts';

const bed = testBed();

test('the audit log has who did what from where, and no credential', async () => {
  const { world, system } = bed;
  const { verifier, challenge } = pkce();
  const audited = await world.registerApp();
  const pkceFields = { code_challenge: challenge, code_challenge_method: 'S256' };
  const code = await world.code(audited, { ...pkceFields, state: 'canary-state' });
  const first = expectStatus(200, await world.exchange(audited, code, { code_verifier: verifier })).body;
  const second = expectStatus(200, await world.refresh(audited, first.refresh_token)).body;
  await world.client(audited, '/oauth/revoke', { token: second.access_token });
  await world.refresh(audited, first.refresh_token);
  const rotated = await world.rotateSecret(audited, { overlap_seconds: 60 });
  const installId = await world.installId(audited);
  await world.operator.revokeInstall({ installId, reason: 'the end' });

  const { events } = await world.operator.listAuditEvents({ clientId: audited.clientId });
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
  expect(events.at(-1)).toMatchObject({ organizationId: 1n, details: { name: 'Roadmapper' } });
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
  const everything = inJson(everyEvent) + JSON.stringify(await bed.tables.rows('SELECT * FROM audit_events'));
  expect(everything).toContain(audited.clientId);
  for (const credential of credentials) expect(everything).not.toContain(credential);
  expect(everything).not.toMatch(/fo(sec|oc|ot|or)_/);
  expect(everything).not.toContain(REDIRECT_URI);
});

/** With 64-bit integers as text. */
const inJson = (value: unknown) =>
  JSON.stringify(value, (_name, member) => (typeof member === 'bigint' ? String(member) : member));
