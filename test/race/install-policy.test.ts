/** A consent or exchange that waits for a change of an install policy follows the new one. A change waits for those in flight. */
import { beforeEach, expect, test } from 'vitest';
import { InstallPolicyService } from '../../gen/featureos/oauth/v1/install_policy_service_pb.ts';
import { openSession } from '../support/database.ts';
import { expectOAuthError, expectRedirect } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import type { OrganizationWithAdmin, RegisteredApp } from '../support/world.ts';

const bed = testBed();
const ROUNDS = 20;
let target: OrganizationWithAdmin;
let app: RegisteredApp;

beforeEach(async () => {
  target = await bed.world.newOrganization();
  app = await bed.world.registerApp();
});

const consent = () => bed.world.consent(app, { target_organization_id: Number(target.id) }, target.admin);
const newCode = () => bed.world.codeFor(target, app);
async function putPolicy(blockedApps: readonly string[]) {
  const policies = await bed.world.rpcAs(InstallPolicyService, target.admin);
  const policy = { membersMayRequest: true, blockedApps: [...blockedApps] };
  await policies.putInstallPolicy({ policy }, { headers: { 'x-organization': target.subdomain } });
}

/** Opens a session, as another auth-server would, whose transaction holds the lock on the organization. */
async function holdLock(mode: 'share' | 'update') {
  const session = await openSession(bed.system.databaseUrl);
  await session.query('BEGIN');
  await session.query(`SELECT take_lock('organization:${target.id}', $1, true)`, [mode]);
  return session;
}

const untilBlocked = () => expect.poll(() => bed.tables.waitingForLocks(), { timeout: 4_000 }).toBeGreaterThan(0);

/** Sends a request while a change that blocks the app holds the lock. Commits the change and returns the response. */
async function duringChange<T>(send: () => Promise<T>): Promise<T> {
  const change = await holdLock('update');
  const response = send();
  await untilBlocked();
  const values = [String(target.id), [app.clientId]];
  await change.query("INSERT INTO install_policies VALUES ($1, true, false, '{}', $2, '{}', now())", values);
  await change.query('COMMIT');
  return response;
}

test('a consent that waits for a change of the policy follows the new policy', async () => {
  expectRedirect(await duringChange(consent), 'access_denied');
});

test('an exchange that waits for a change of the policy follows the new policy', async () => {
  const code = await newCode();
  expectOAuthError(await duringChange(() => bed.world.exchange(app, code)), 'invalid_grant');
});

test('a change of the policy waits for the consents and exchanges in progress', async () => {
  const inProgress = await holdLock('share');
  let hasReturned = false;
  const changing = putPolicy([app.clientId]).then(() => {
    hasReturned = true;
  });
  await untilBlocked();
  expect(hasReturned).toBe(false);
  await inProgress.query('COMMIT');
  await changing;
  expectRedirect(await consent(), 'access_denied');
});

test('after a change that blocks the app has returned, no consent and no exchange succeeds', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    await putPolicy([]);
    const code = await newCode();
    const changing = putPolicy([app.clientId]);
    const [consented, exchanged] = await Promise.all([consent(), bed.world.exchange(app, code), changing]);
    if (consented.status !== 200) expectRedirect(consented, 'access_denied');
    if (exchanged.status !== 200) expectOAuthError(exchanged, 'invalid_grant');
    expectRedirect(await consent(), 'access_denied');
    const latest = new URL(consented.body.redirect_to).searchParams.get('code');
    if (latest) expectOAuthError(await bed.world.exchange(app, latest), 'invalid_grant');
  }
});
