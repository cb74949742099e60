import type { Kysely, KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConsentService } from '../../gen/featureos/oauth/v1/consent_service_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { ApiResources } from '../../services/auth-server/domain/api-resources.ts';
import { AuthorizationResponder } from '../../services/auth-server/domain/consent/authorization-response.ts';
import { ConsentManager } from '../../services/auth-server/domain/consent/consent-manager.ts';
import { asUserId } from '../../services/auth-server/domain/ids.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { systemClock } from '../../services/common/process/clock.ts';
import { expectError, expectRedirect, expectRpcError } from '../support/expect-errors.ts';
import { registeredApp, testBed } from '../support/test-bed.ts';
import { expectStatus, REDIRECT_URI, STRANGER } from '../support/world.ts';

const bed = testBed();
/** How many organizations named `Team …` there are; every tenth is suspended. */
const ORGANIZATIONS = 2_000;
/** The id of a user: admin of every second team, and member of the others. */
const ADMIN_OF_MANY = 5_000;
/** Manager of all teams except team-1999, where they are an admin. */
const ADMIN_OF_ONE = 5_001;
/** Admin of the organizations with unusual names. */
const ADMIN_OF_ODD = 5_002;
const ID_OFFSET = 10_000;
const ODD_NAMES = ['100% Coffee', 'snake_case', 'back\\slash', 'Café Été', "O'Neil & Söhne"];
const SORTED_ODD_NAMES = ODD_NAMES.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));

const app = registeredApp(bed);
beforeAll(async () => {
  const seed = [
    `INSERT INTO users (id, name, email, profile_picture)
     SELECT id, 'User ' || id, '', '' FROM generate_series(${ADMIN_OF_MANY}, ${ADMIN_OF_MANY + 20}) AS id`,
    `INSERT INTO organizations (id, subdomain, name, status)
     SELECT ${ID_OFFSET} + n, 'team-' || n, 'Team ' || lpad(n::text, 4, '0'),
       CASE WHEN n % 10 = 0 THEN 'suspended' ELSE 'active' END
     FROM generate_series(1, ${ORGANIZATIONS}) AS n`,
    `INSERT INTO memberships (organization_id, user_id, role)
     SELECT id, ${ADMIN_OF_MANY}, CASE WHEN id % 2 = 0 THEN 'admin' ELSE 'member' END
     FROM organizations WHERE id > ${ID_OFFSET}`,
    `INSERT INTO memberships (organization_id, user_id, role)
     SELECT id, ${ADMIN_OF_ONE}, CASE WHEN subdomain = 'team-1999' THEN 'admin' ELSE 'manager' END
     FROM organizations WHERE id > ${ID_OFFSET}`,
    // Seven admins of an organization where ADMIN_OF_ONE is not an admin.
    `INSERT INTO memberships (organization_id, user_id, role)
     SELECT ${ID_OFFSET + 1}, id, 'admin' FROM generate_series(${ADMIN_OF_MANY + 10}, ${ADMIN_OF_MANY + 16}) AS id`,
  ];
  for (const statement of seed) await bed.tables.rows(statement);
  await bed.tables.rows(
    `INSERT INTO organizations (id, subdomain, name)
     SELECT 20000 + n, 'odd-' || n, name FROM unnest($1::text[]) WITH ORDINALITY AS odd (name, n)`,
    [ODD_NAMES],
  );
  await bed.tables.rows(
    `INSERT INTO memberships SELECT id, ${ADMIN_OF_ODD}, 'admin' FROM organizations WHERE id > 20000`,
  );
});

interface Listed {
  readonly subdomain: string;
  readonly name: string;
  readonly may_install: boolean;
  readonly installed: object | null;
}

const view = (parameters: Record<string, string> = {}, userId = ADMIN_OF_MANY) =>
  bed.world.view(app, parameters, userId);
/** The authorization request, as in the RPCs. */
const rpcParameters = () => ({ clientId: app.clientId, redirectUri: REDIRECT_URI, responseType: 'code', actor: 'app' });

async function listed(parameters: Record<string, string> = {}, userId = ADMIN_OF_MANY): Promise<Listed[]> {
  return expectStatus(200, await view(parameters, userId)).body.organizations;
}

const namesOf = async (parameters: Record<string, string>, userId = ADMIN_OF_MANY) =>
  (await listed(parameters, userId)).map(({ name }) => name);

describe('the number of statements', () => {
  let db: Kysely<Schema>;
  let statements = 0;
  let consents: ConsentManager;
  beforeAll(() => {
    const counter: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        statements++;
        return result;
      },
    };
    const options = { connectTimeoutMs: 10_000, statementTimeoutMs: 10_000 };
    db = openDatabase({ url: bed.system.databaseUrl, poolSize: 1, ...options });
    const format = new CredentialFormat([bed.system.credentialKey]);
    const database = new PgDatabase(db.withPlugin(counter));
    const responder = new AuthorizationResponder('https://auth.example');
    consents = new ConsentManager(database, format, { responder, apiResources: new ApiResources([]) }, systemClock);
  });
  afterAll(() => db?.destroy());

  test('does not depend on the number of organizations', async () => {
    const counts = [];
    for (const userId of [STRANGER, ADMIN_OF_ONE, ADMIN_OF_MANY]) {
      statements = 0;
      await consents.view(asUserId(userId), queryParameters(), { search: '', paging: { page: 1, perPage: 100 } });
      counts.push(statements);
    }
    // Two for the app and the organizations; one for the user's own requests if a listed organization has the user as a
    // non-admin; one for the open requests if one has the user as an admin.
    expect(counts).toEqual([3, 4, 3]);
  });
});

const queryParameters = () => ({
  client_id: app.clientId,
  redirect_uri: REDIRECT_URI,
  response_type: 'code',
  actor: 'app',
  scope: '',
  state: '',
  code_challenge: '',
  code_challenge_method: '',
  request: '',
  request_uri: '',
  response_mode: '',
  prompt: '',
  resources: [],
  duplicates: [],
});

describe('pages', () => {
  test('have 30 organizations by default, and the last one has the rest', async () => {
    expect(await listed()).toHaveLength(30);
    expect(await listed({ page: '67' })).toHaveLength(20);
    expect(await listed({ page: '68' })).toEqual([]);
  });

  test('show each organization once: first those where the user can install, then the rest, both sorted by name', async () => {
    const pages = [];
    for (let page = 1; page <= 20; page++) pages.push(...(await listed({ page: String(page), per_page: '100' })));
    expect(new Set(pages.map(({ subdomain }) => subdomain)).size).toBe(ORGANIZATIONS);
    const key = ({ may_install, name }: Listed) => `${may_install ? 0 : 1} ${name}`;
    expect(pages.map(key)).toEqual(pages.map(key).sort());
    expect(pages.filter(({ may_install }) => may_install)).toHaveLength(ORGANIZATIONS * 0.4);
  });

  test('begin with the only organization that the user can install into', async () => {
    const [first, second] = await listed({ per_page: '2' }, ADMIN_OF_ONE);
    expect(first).toMatchObject({ subdomain: 'team-1999', may_install: true });
    expect(second).toMatchObject({ subdomain: 'team-1', may_install: false });
  });

  test.each([
    { page: '0' },
    { page: 'x' },
    { page: '10001' },
    { per_page: '101' },
  ])('are refused for %o', async (paging) => {
    expectError(await view(paging), 400);
  });

  test('list at most five admins to contact, sorted by name', async () => {
    const parameters = rpcParameters();
    const consents = await bed.world.rpcAs(ConsentService, ADMIN_OF_ONE);
    const response = await consents.getAuthorizationRequest({ parameters, organizationSearch: 'team-1', perPage: 3 });
    // team-1999 matches too, and comes first.
    expect(response.authorizationRequest?.organizations.map(({ adminNames }) => adminNames)).toEqual([
      [],
      ['User 5010', 'User 5011', 'User 5012', 'User 5013', 'User 5014'],
      ['User 5000'],
    ]);
  });

  test('show existing installs', async () => {
    await bed.world.install(app, { target_organization_id: ID_OFFSET + 1_998 }, ADMIN_OF_MANY);
    const [found] = await listed({ organization_search: 'team-1998' });
    expect(found?.installed).toEqual((await bed.world.installs({ admin: ADMIN_OF_MANY, subdomain: 'team-1998' }))[0]);
    expect((await listed({ per_page: '100' })).every(({ installed }) => installed === null)).toBe(true);
  });
});

describe('the search', () => {
  test('matches part of the name or subdomain, case-insensitively', async () => {
    expect(await namesOf({ organization_search: 'eAM 0042' })).toEqual(['Team 0042']);
    expect(await namesOf({ organization_search: ' TEAM-1234 ' })).toEqual(['Team 1234']);
    expect(await namesOf({ organization_search: 'café ÉTÉ' }, ADMIN_OF_ODD)).toEqual(['Café Été']);
    expect(await namesOf({ organization_search: 'no such' })).toEqual([]);
  });

  test('is paged like the whole list', async () => {
    const search = { organization_search: 'Team 01', per_page: '40' };
    expect(await listed(search)).toHaveLength(40);
    expect(await listed({ ...search, page: '3' })).toHaveLength(20);
  });

  test('finds only organizations of the user', async () => {
    expect(await listed({ organization_search: 'team' }, ADMIN_OF_ODD)).toEqual([]);
    expect(await listed({ organization_search: 'globex' })).toEqual([]);
  });

  test.each([
    ['%', ['100% Coffee']],
    ['_', ['snake_case']],
    ['\\', ['back\\slash']],
    ["'", ["O'Neil & Söhne"]],
    ['.*', []],
    ['x'.repeat(100), []],
    ['😀', []],
  ])('takes %j literally', async (search, names) => {
    expect(await namesOf({ organization_search: search }, ADMIN_OF_ODD)).toEqual(names);
  });

  test.each(['', '   '])('ignores the blank search %j', async (search) => {
    expect(await namesOf({ organization_search: search }, ADMIN_OF_ODD)).toEqual(SORTED_ODD_NAMES);
  });

  test.each([['x'.repeat(101)], ['a\0b']])('rejects %j', async (search) => {
    expectError(await view({ organization_search: search }), 400);
    const parameters = rpcParameters();
    const consents = await bed.world.rpcAs(ConsentService, ADMIN_OF_MANY);
    const call = consents.getAuthorizationRequest({ parameters, organizationSearch: search });
    await expectRpcError(call, ErrorReason.INVALID_REQUEST);
  });
});

test('a decision checks its organization, even if the page did not list it', async () => {
  const decide = (organization: number) =>
    bed.world.consent(app, { target_organization_id: ID_OFFSET + organization }, ADMIN_OF_MANY);
  expectStatus(200, await decide(1_996));
  expectError(await decide(1_997), 403);
  expectRedirect(await decide(2_000), 'access_denied');
});
