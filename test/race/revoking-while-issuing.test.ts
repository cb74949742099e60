/** A revoking and an issuing change run concurrently: once the revoking one has returned, nothing that it revokes is active. */
import { expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type HttpResponse, type Pair } from '../support/world.ts';

const bed = testBed({ replicas: 2 });
const ROUNDS = 30;
const FEWER_ROUNDS = 12;

/** Runs both concurrently, alternating which one starts first. */
async function race<A, B>(round: number, a: () => Promise<A>, b: () => Promise<B>): Promise<[A, B]> {
  if (round % 2 === 0) return Promise.all([a(), b()]);
  const [resultB, resultA] = await Promise.all([b(), a()]);
  return [resultA, resultB];
}

async function activeAnywhere(...pairs: (Pair | undefined)[]): Promise<boolean> {
  const tokens = pairs.flatMap((pair) => (pair ? [pair.access_token] : []));
  const responses = await Promise.all(tokens.map((token) => bed.world.introspectEverywhere(token)));
  return responses.flat().some(({ active }) => active);
}

function issuedPair(response: HttpResponse, ...refusals: string[]): Pair | undefined {
  if (response.status === 200) return response.body;
  expect([response.status, response.body.error]).toEqual([400, expect.toBeOneOf(refusals)]);
  return undefined;
}

test('refreshes and a concurrent disconnect leave no active access token and no valid refresh token', async () => {
  const [app, organization] = [await bed.world.registerApp(), await bed.world.newOrganization()];
  for (let round = 0; round < ROUNDS; round++) {
    const old = await bed.world.installInto(organization, app);
    const id = await bed.world.installId(app, organization);
    const refresh = () => bed.world.refresh(app, old.refresh_token);
    const [refreshed, disconnected] = await race(
      round,
      () => Promise.all(Array.from({ length: round % 3 === 0 ? 5 : 1 }, refresh)),
      () => bed.world.disconnect(id, organization),
    );
    expectStatus(204, disconnected);
    const fresh = refreshed.map((response) => issuedPair(response, 'invalid_grant'));
    expect(await activeAnywhere(old, ...fresh)).toBe(false);
    for (const pair of [old, ...fresh]) {
      if (pair) expect((await bed.world.refresh(app, pair.refresh_token)).body.error).toBe('invalid_grant');
    }
    expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
  }
});

test('the tokens that a disconnect has revoked stay inactive while a refresh is in progress', async () => {
  const [app, organization] = [await bed.world.registerApp(), await bed.world.newOrganization()];
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const old = await bed.world.installInto(organization, app);
    const id = await bed.world.installId(app, organization);
    const refreshing = bed.world.refresh(app, old.refresh_token);
    expectStatus(204, await bed.world.disconnect(id, organization));
    expect(await activeAnywhere(old)).toBe(false);
    expect(await activeAnywhere(issuedPair(await refreshing, 'invalid_grant'))).toBe(false);
  }
});

test('an exchange and a concurrent disconnect of the existing install leave no active token', async () => {
  const [app, organization] = [await bed.world.registerApp(), await bed.world.newOrganization()];
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const old = await bed.world.installInto(organization, app);
    const id = await bed.world.installId(app, organization);
    const code = await bed.world.codeFor(organization, app);
    const [exchanged, disconnected] = await race(
      round,
      () => bed.world.exchange(app, code),
      () => bed.world.disconnect(id, organization),
    );
    expectStatus(204, disconnected);
    expect(await activeAnywhere(old, issuedPair(exchanged, 'invalid_grant'))).toBe(false);
    expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
  }
});

test('an exchange and a concurrent removal of the user who consented leave no active `self` token', async () => {
  const app = await bed.world.registerApp();
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const organization = await bed.world.newOrganization();
    const code = await bed.world.codeFor(organization, app, { actor: 'self' });
    const [exchanged] = await race(
      round,
      () => bed.world.exchange(app, code),
      () => bed.world.removeMember(organization),
    );
    expect(await activeAnywhere(issuedPair(exchanged, 'invalid_grant'))).toBe(false);
  }
});

test('a refresh and a concurrent change to a lower role leave no token that may write', async () => {
  const app = await bed.world.registerApp();
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const organization = await bed.world.newOrganization();
    const old = await bed.world.installInto(organization, app, { actor: 'self' });
    const [refreshed] = await race(
      round,
      () => bed.world.refresh(app, old.refresh_token),
      () => bed.world.setRole(organization.id, organization.admin, Role.MEMBER),
    );
    const fresh = expectStatus(200, refreshed).body;
    await bed.world.expectEverywhere(fresh.access_token, { scopes: ['posts:read', 'comments:read'] });
  }
});

test('an exchange and a concurrent suspension of the app leave a void code, or a token that is inactive until the app is resumed', async () => {
  const organization = await bed.world.newOrganization();
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const app = await bed.world.registerApp();
    const code = await bed.world.codeFor(organization, app);
    const [exchanged] = await race(
      round,
      () => bed.world.exchange(app, code),
      () => bed.world.suspendApp(app),
    );
    const pair = issuedPair(exchanged, 'invalid_grant');
    if (pair !== undefined) {
      await bed.world.expectEverywhere(pair.access_token, { active: false, inactiveReason: InactiveReason.SUSPENDED });
    }
    await bed.world.resumeApp(app);
    if (pair !== undefined) await bed.world.expectEverywhere(pair.access_token, { active: true });
    else expect((await bed.world.exchange(app, code)).body.error).toBe('invalid_grant');
  }
});

test('a refresh and a concurrent suspension of the organization leave issued tokens inactive until the organization is active again', async () => {
  const [app, organization] = [await bed.world.registerApp(), await bed.world.newOrganization()];
  let pair = await bed.world.installInto(organization, app);
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const [refreshed] = await race(
      round,
      () => bed.world.refresh(app, pair.refresh_token),
      () => bed.world.suspend(organization),
    );
    pair = issuedPair(refreshed, 'unauthorized_client') ?? pair;
    expect(await activeAnywhere(pair)).toBe(false);
    await bed.world.activate(organization);
    await bed.world.expectEverywhere(pair.access_token, { active: true });
  }
});

test('an exchange and a concurrent narrowing leave no token with undeclared scopes', async () => {
  const organization = await bed.world.newOrganization();
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const app = await bed.world.registerApp();
    const code = await bed.world.codeFor(organization, app);
    const [exchanged, changed] = await race(
      round,
      () => bed.world.exchange(app, code),
      () => bed.world.changeApp(app, { declared_scopes: ['posts:read'] }),
    );
    expectStatus(200, changed);
    const pair = issuedPair(exchanged, 'invalid_grant');
    if (pair !== undefined) expect((await bed.world.introspect(pair.access_token)).scopes).toEqual(['posts:read']);
  }
});

test('an exchange, a refresh and a concurrent deletion of the app leave nothing active', async () => {
  const organization = await bed.world.newOrganization();
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const app = await bed.world.registerApp();
    const old = await bed.world.installInto(organization, app);
    const code = await bed.world.codeFor(organization, app);
    const [[refreshed, exchanged], deleted] = await race(
      round,
      () => Promise.all([bed.world.refresh(app, old.refresh_token), bed.world.exchange(app, code)]),
      () => bed.world.deleteApp(app),
    );
    expectStatus(204, deleted);
    const pairs = [refreshed, exchanged].flatMap(({ status, body }) => {
      if (status === 200) return [body as Pair];
      expect(body.error).toEqual(expect.toBeOneOf(['invalid_grant', 'invalid_client']));
      return [];
    });
    expect(await activeAnywhere(old, ...pairs)).toBe(false);
    expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
  }
});
