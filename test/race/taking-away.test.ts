/** Something is taken away while something else hands out a pair: once both have returned, nothing is left of it. */
import { expect, test } from 'vitest';
import { OrganizationStatus, Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { testBed } from '../support/test-bed.ts';
import { type Answer, expectStatus, type OwnOrganization, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 2 });
const ROUNDS = 30;
const FEWER_ROUNDS = 12;

/** The contender that starts first alternates; neither waits for the other. */
async function race<A, B>(round: number, a: () => Promise<A>, b: () => Promise<B>): Promise<[A, B]> {
  if (round % 2 === 0) return Promise.all([a(), b()]);
  const [second, first] = await Promise.all([b(), a()]);
  return [first, second];
}

async function activeAnywhere(...pairs: (Pair | undefined)[]): Promise<boolean> {
  const tokens = pairs.flatMap((pair) => (pair ? [pair.access_token] : []));
  const answers = await Promise.all(tokens.map((token) => bed.world.introspectEverywhere(token)));
  return answers.flat().some(({ active }) => active);
}

function boughtBy(answer: Answer, ...refusals: string[]): Pair | undefined {
  if (answer.status === 200) return answer.body;
  expect([answer.status, answer.body.error]).toEqual([400, expect.toBeOneOf(refusals)]);
  return undefined;
}

const disconnect = (own: OwnOrganization, id: string) =>
  bed.world.as(own.admin, 'DELETE', `/oauth/installs/${id}`, undefined, own.subdomain);
const installIdOf = async (own: OwnOrganization) =>
  (await bed.world.as(own.admin, 'GET', '/oauth/installs', undefined, own.subdomain)).body.installs[0].id;
const codeFor = (own: OwnOrganization, app: RegisteredApp, fields: Record<string, unknown> = {}) =>
  bed.world.code(app, { target_organization_id: Number(own.id), ...fields }, own.admin);

test('refresh against disconnect: after both no token is active anywhere, whatever the refresh answered', async () => {
  const [app, own] = [await bed.world.registerApp(), await bed.world.newOrganization()];
  const outcomes = new Set<boolean>();
  for (let round = 0; round < ROUNDS; round++) {
    const old = await bed.world.installInto(own, app);
    const id = await installIdOf(own);
    const [refreshed, disconnected] = await race(
      round,
      () => bed.world.refresh(app, old.refresh_token),
      () => disconnect(own, id),
    );
    expectStatus(204, disconnected);
    const fresh = boughtBy(refreshed, 'invalid_grant');
    outcomes.add(fresh !== undefined);
    expect(await activeAnywhere(old, fresh)).toBe(false);
    for (const token of [old.refresh_token, fresh?.refresh_token]) {
      if (token !== undefined) expect((await bed.world.refresh(app, token)).body.error).toBe('invalid_grant');
    }
    expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
  }
});

test('what a disconnect that has returned took away stays away, while the refresh is still under way', async () => {
  const [app, own] = [await bed.world.registerApp(), await bed.world.newOrganization()];
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const old = await bed.world.installInto(own, app);
    const id = await installIdOf(own);
    const refreshing = bed.world.refresh(app, old.refresh_token);
    expectStatus(204, await disconnect(own, id));
    expect(await activeAnywhere(old)).toBe(false);
    expect(await activeAnywhere(boughtBy(await refreshing, 'invalid_grant'))).toBe(false);
  }
});

test('exchange against disconnect of the install that stands: after both no token is active', async () => {
  const [app, own] = [await bed.world.registerApp(), await bed.world.newOrganization()];
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const old = await bed.world.installInto(own, app);
    const id = await installIdOf(own);
    const code = await codeFor(own, app);
    const [exchanged, disconnected] = await race(
      round,
      () => bed.world.exchange(app, code),
      () => disconnect(own, id),
    );
    expectStatus(204, disconnected);
    expect(await activeAnywhere(old, boughtBy(exchanged, 'invalid_grant'))).toBe(false);
    expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
  }
});

test('exchange against the removal of the user who consented: after both no `self` token is active', async () => {
  const app = await bed.world.registerApp();
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const own = await bed.world.newOrganization();
    const code = await codeFor(own, app, { actor: 'self' });
    const [exchanged] = await race(
      round,
      () => bed.world.exchange(app, code),
      () => bed.world.directory.deleteMembership({ organizationId: own.id, userId: BigInt(own.admin) }),
    );
    expect(await activeAnywhere(boughtBy(exchanged, 'invalid_grant'))).toBe(false);
  }
});

test('exchange and refresh against a downgrade: after both no token may write', async () => {
  const app = await bed.world.registerApp();
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const own = await bed.world.newOrganization();
    const old = await bed.world.installInto(own, app, { actor: 'self' });
    const [refreshed] = await race(
      round,
      () => bed.world.refresh(app, old.refresh_token),
      () => bed.world.setRole(own.id, own.admin, Role.MEMBER),
    );
    const fresh = expectStatus(200, refreshed).body;
    for (const { scopes } of await bed.world.introspectEverywhere(fresh.access_token)) {
      expect(scopes).toEqual(['posts:read', 'comments:read']);
    }
  }
});

test('exchange against the suspension of the app: after both no token is active, and the code is void', async () => {
  const own = await bed.world.newOrganization();
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const app = await bed.world.registerApp();
    const code = await codeFor(own, app);
    const [exchanged] = await race(
      round,
      () => bed.world.exchange(app, code),
      () => bed.world.suspendApp(app),
    );
    const pair = boughtBy(exchanged, 'invalid_grant');
    if (pair !== undefined) {
      for (const answer of await bed.world.introspectEverywhere(pair.access_token)) {
        expect(answer).toMatchObject({ active: false, inactiveReason: InactiveReason.SUSPENDED });
      }
    }
    await bed.world.resumeApp(app);
    expect(await activeAnywhere(pair)).toBe(pair !== undefined);
    if (pair === undefined) expect((await bed.world.exchange(app, code)).body.error).toBe('invalid_grant');
  }
});

test('refresh against the suspension of the organization: what was handed out is inactive, what was not is not lost', async () => {
  const [app, own] = [await bed.world.registerApp(), await bed.world.newOrganization()];
  let pair = await bed.world.installInto(own, app);
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const [refreshed] = await race(
      round,
      () => bed.world.refresh(app, pair.refresh_token),
      () => bed.world.putOrganization(own, { status: OrganizationStatus.SUSPENDED }),
    );
    pair = boughtBy(refreshed, 'unauthorized_client') ?? pair;
    expect(await activeAnywhere(pair)).toBe(false);
    await bed.world.putOrganization(own, { status: OrganizationStatus.ACTIVE });
    expect(await activeAnywhere(pair)).toBe(true);
  }
});

test('exchange against narrowing: after both no token has what is no longer declared', async () => {
  const own = await bed.world.newOrganization();
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const app = await bed.world.registerApp();
    const code = await codeFor(own, app);
    const [exchanged, changed] = await race(
      round,
      () => bed.world.exchange(app, code),
      () => bed.world.changeApp(app, { declared_scopes: ['posts:read'] }),
    );
    expectStatus(200, changed);
    const pair = boughtBy(exchanged, 'invalid_grant');
    if (pair !== undefined) expect((await bed.world.introspect(pair.access_token)).scopes).toEqual(['posts:read']);
  }
});

test('exchange and refresh against the deletion of the app: after both nothing is active', async () => {
  const own = await bed.world.newOrganization();
  for (let round = 0; round < FEWER_ROUNDS; round++) {
    const app = await bed.world.registerApp();
    const old = await bed.world.installInto(own, app);
    const code = await codeFor(own, app);
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
