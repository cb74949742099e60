/** Batches of events at the event store: one with a repeated key, concurrent ones, and one whose database session ends. */
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { asOrganizationId } from '../../services/auth-server/domain/ids.ts';
import type { EventStore, NewEvent } from '../../services/auth-server/domain/webhook/event-store.ts';
import { PgEventStore } from '../../services/auth-server/store/event-store.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { Hooks } from '../support/hooks.ts';
import { testBed } from '../support/test-bed.ts';
import type { OrganizationWithAdmin } from '../support/world.ts';

const bed = testBed();
let db: Kysely<Schema>;
let events: EventStore;
let target: OrganizationWithAdmin;
const INSTALLS = 2;

beforeAll(() => {
  db = openDatabase({ url: bed.system.databaseUrl, poolSize: 8, connectTimeoutMs: 10_000, statementTimeoutMs: 30_000 });
  events = new PgEventStore(db);
});
beforeEach(async () => {
  target = await bed.world.newOrganization();
  for (let n = 0; n < INSTALLS; n++) {
    const app = await new Hooks(bed).registerApp('http://127.0.0.1:9/');
    await bed.world.installInto(target, app);
  }
});
afterAll(() => db?.destroy());

const newEvent = (idempotencyKey: string, fields: Partial<NewEvent> = {}): NewEvent => ({
  organizationId: asOrganizationId(Number(target.id)),
  type: 'post_created',
  body: '{}',
  idempotencyKey,
  digest: Buffer.of(1),
  ...fields,
});
const keys = (count: number) => Array.from({ length: count }, (_, n) => `k${String(n).padStart(2, '0')}`);
const publish = (batch: readonly NewEvent[]) => events.publish(batch, new Date());
const storedEvents = () => bed.tables.count('webhook_events', `organization_id = ${target.id}`);
const storedDeliveries = () =>
  bed.tables.count(
    'webhook_deliveries JOIN webhook_events ON webhook_events.id = event_id',
    `organization_id = ${target.id}`,
  );

test('each event of a batch has its own result; a repeated key publishes the first event once', async () => {
  const [first, unknown, repeat, other] = await publish([
    newEvent('k'),
    newEvent('k', { organizationId: asOrganizationId(999_999) }),
    newEvent('k'),
    newEvent('k', { body: '{"other":1}', digest: Buffer.of(2) }),
  ]);
  expect(first).toMatchObject({ deliveries: INSTALLS, digest: Buffer.of(1) });
  expect(unknown).toBe('organization_not_found');
  expect([repeat, other]).toEqual([first, first]);
  expect(await publish([newEvent('l'), newEvent('k')])).toMatchObject([{ deliveries: INSTALLS }, first as object]);
  expect(await storedEvents()).toBe(2);
  expect(await storedDeliveries()).toBe(2 * INSTALLS);
});

test('concurrent batches with the same keys, half of them reversed, publish each event once with the same result', async () => {
  const batch = keys(40).map((key) => newEvent(key));
  const publishing = Array.from({ length: 8 }, (_, n) => publish(n % 2 === 0 ? batch : batch.toReversed()));
  const results = (await Promise.all(publishing)).map((result, n) => (n % 2 === 0 ? result : result.toReversed()));
  for (const result of results) expect(result).toEqual(results[0]);
  expect(await storedEvents()).toBe(batch.length);
  expect(await storedDeliveries()).toBe(batch.length * INSTALLS);
});

test('a database session that ends in the middle of a batch publishes nothing, and the retry publishes all', async () => {
  const batch = keys(10).map((key) => newEvent(key));
  let publishing: Promise<unknown> | undefined;
  await db.transaction().execute(async (blocking) => {
    // The foreign keys of deliveries are checked after the events and the deliveries have been inserted.
    await sql`SELECT FROM webhook_hooks FOR UPDATE`.execute(blocking);
    publishing = publish(batch).catch((error: unknown) => error);
    const terminated = sql<{ done: boolean }>`
      SELECT pg_terminate_backend(pid) AS done FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%publish_events%'`;
    await expect.poll(async () => (await terminated.execute(blocking)).rows).toEqual([{ done: true }]);
  });
  expect(await publishing).toMatchObject({ message: 'the database cannot be reached; retry the request' });
  expect(await storedEvents()).toBe(0);
  expect(await storedDeliveries()).toBe(0);
  expect(await publish(batch)).toMatchObject(batch.map(() => ({ deliveries: INSTALLS })));
});
