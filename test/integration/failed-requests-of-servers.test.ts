/** Several servers add their counts of the same failure in any order. */
import { beforeAll, expect, test } from 'vitest';
import { PgFailedRequestStore } from '../../services/auth-server/store/failed-request-store.ts';
import { databaseBed } from '../support/database.ts';
import { APP, installMany } from '../support/many-installs.ts';

const bed = databaseBed(beforeAll);

test('lists the last failure with its own request id, even if another server adds an earlier one later', async () => {
  await installMany(bed.cloned.url, 1);
  const [app] = await bed.tables.rows<{ client_id: string }>('SELECT client_id FROM apps WHERE id = $1', [APP]);
  const store = new PgFailedRequestStore(bed.db);
  const minute = new Date('2026-01-01T00:00:00Z');
  for (const [second, requestId] of [
    [40, 'later'],
    [10, 'earlier'],
  ] as const) {
    const lastFailedAt = new Date(minute.getTime() + second * 1_000);
    const kind = { endpoint: '/oauth/token', grantType: 'refresh_token', error: 'invalid_grant', description: 'used' };
    const where = { clientId: app?.client_id as string, organizationId: undefined };
    await store.add([{ ...kind, ...where, minute, count: 1, lastFailedAt, requestId }]);
  }
  const listed = await store.listOfApp(APP, { page: 1, perPage: 10 });
  expect(listed).toMatchObject([{ count: 2, requestId: 'later', lastFailedAt: new Date(minute.getTime() + 40_000) }]);
});
