import { expect, test } from 'vitest';
import { expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { codeIn, expectStatus, type OrganizationWithAdmin, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 0 });
const ROUNDS = 25;
const ALL = ['posts:read', 'posts:write', 'comments:read'];

const declare = (app: RegisteredApp, scopes: readonly string[]) =>
  bed.world.changeApp(app, { declared_scopes: scopes });

/** Repeats a 409, which means that installs are still being narrowed. */
async function widen(app: RegisteredApp): Promise<void> {
  const attempt = () => declare(app, ALL).then(({ status }) => status);
  const first = await attempt();
  expect([200, 409]).toContain(first);
  if (first === 409) await expect.poll(attempt, { timeout: 20_000 }).toBe(200);
}

const grantedTo = async (app: RegisteredApp, organization: OrganizationWithAdmin): Promise<string[]> =>
  (await bed.world.installOf(app, organization))?.granted_scopes;

test('an app narrowed and widened concurrently with exchanges and refreshes gets no removed scope back', async () => {
  const { world } = bed;
  const organizations = [await world.newOrganization(), await world.newOrganization()] as const;
  const [refreshing, exchanging] = organizations;
  for (let round = 0; round < ROUNDS; round++) {
    const app = await world.registerApp();
    const pair = await world.installInto(refreshing, app);
    await world.installInto(exchanging, app);
    const code = await world.codeFor(exchanging, app);
    const narrowing = declare(app, ['posts:read']);
    const [narrowed, refreshed, exchanged] = await Promise.all([
      narrowing.then(async (response) => {
        await widen(app);
        return response;
      }),
      world.refresh(app, pair.refresh_token),
      world.exchange(app, code),
    ]);
    expectStatus(200, narrowed);
    // A code from before the narrowing is exchanged before it, or not at all.
    if (exchanged.status !== 200) expectOAuthError(exchanged, 'invalid_grant');
    for (const organization of organizations) expect(await grantedTo(app, organization)).toEqual(['posts:read']);
    const latest = expectStatus(200, refreshed).body as Pair;
    const again = expectStatus(200, await world.refresh(app, latest.refresh_token)).body;
    expect(again.scope).toBe('posts:read');
    const ofApp = `app_id = (SELECT id FROM apps WHERE client_id = '${app.clientId}')`;
    expect(await bed.tables.count('installs', `${ofApp} AND granted_scopes = '{posts:read}'`)).toBe(2);
    expectStatus(204, await world.deleteApp(app));
  }
});

test('a consent with a concurrent narrowing is refused or its code is void, even if the app is widened again', async () => {
  const { world } = bed;
  const organization = await world.newOrganization();
  const target = { target_organization_id: Number(organization.id), scope: ALL.join(' ') };
  for (let round = 0; round < ROUNDS; round++) {
    const app = await world.registerApp();
    const [consented, narrowed] = await Promise.all([
      world.consent(app, target, organization.admin),
      declare(app, ['posts:read']),
    ]);
    expectStatus(200, narrowed);
    await widen(app);
    if (consented.status !== 200) {
      expect(consented.body.error).toBe('invalid_scope');
      continue;
    }
    expectOAuthError(await world.exchange(app, codeIn(consented)), 'invalid_grant');
  }
});
