import { expect, test } from 'vitest';
import { openSession } from '../support/database.ts';
import { DATABASE_POOL_SIZE } from '../support/system.ts';
import { testBed } from '../support/test-bed.ts';

const bed = testBed();
const TIMEOUT_MS = 10_000;

test('serves a miss while changes that wait for a lock use all connections of the main pool', async () => {
  const [app, organization] = [await bed.world.registerApp(), await bed.world.newOrganization()];
  const pair = await bed.world.install(app);
  const holder = await openSession(bed.system.databaseUrl);
  await holder.query('BEGIN');
  await holder.query("SELECT take_lock($1, 'update')", [`organization:${organization.id}`]);
  const changes = Array.from({ length: DATABASE_POOL_SIZE }, () => bed.world.putOrganization(organization));
  const waiting = () => bed.tables.waitingForLocks();
  await expect.poll(waiting, { timeout: TIMEOUT_MS }).toBe(DATABASE_POOL_SIZE);
  expect(await bed.world.isActive(pair.access_token)).toBe(true);
  expect(await waiting()).toBe(DATABASE_POOL_SIZE);
  await holder.query('COMMIT');
  await Promise.all(changes);
});
