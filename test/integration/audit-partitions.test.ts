import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { maintainPartitions } from '../../services/auth-server/store/retention.ts';
import { databaseBed } from '../support/database.ts';

const bed = databaseBed(beforeEach);

const today = new Date();

/** The middle of the month that is `months` from now. */
const inMonth = (months: number): Date => new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + months, 15));
const partitionOf = (at: Date): string => `audit_events_${at.toISOString().slice(0, 7).replace('-', '_')}`;

const append = (at: Date, action = 'app.registered') =>
  bed.db
    .insertInto('audit_events')
    .values({ occurred_at: at, action, performed_by: 'p', details: '{}', ip_address: '', request_id: '' })
    .returning('id')
    .executeTakeFirstOrThrow();

async function eventsByPartition(): Promise<Record<string, number[]>> {
  const rows = await bed.tables.rows<{ partition: string; ids: number[] }>(
    'SELECT tableoid::regclass::text AS partition, array_agg(id::int ORDER BY id) AS ids FROM audit_events GROUP BY 1',
  );
  return Object.fromEntries(rows.map(({ partition, ids }) => [partition, ids]));
}

async function partitions(): Promise<string[]> {
  const rows = await bed.tables.rows<{ name: string }>(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_events'::regclass ORDER BY 1",
  );
  return rows.map(({ name }) => name);
}

test('creates partitions for this month and the next two, and later for further months', async () => {
  const months = [0, 1, 2].map((month) => partitionOf(inMonth(month)));
  expect(await partitions()).toEqual([...months, 'audit_events_default'].sort());
  await maintainPartitions(bed.db, inMonth(2), 13);
  const later = [3, 4].map((month) => partitionOf(inMonth(month)));
  expect(await partitions()).toEqual([...months, ...later, 'audit_events_default'].sort());
});

test('an event of a month without a partition goes to the default one, and moves when the partition is created', async () => {
  const { id } = await append(inMonth(5), 'app.changed');
  const { id: stray } = await append(inMonth(-2));
  const { id: other } = await append(inMonth(9));
  expect(await eventsByPartition()).toEqual({ audit_events_default: [id, stray, other] });

  // The second round changes nothing.
  for (let round = 0; round < 2; round++) await maintainPartitions(bed.db, inMonth(4), 13);
  expect(await eventsByPartition()).toEqual({
    [partitionOf(inMonth(-2))]: [stray],
    [partitionOf(inMonth(5))]: [id],
    audit_events_default: [other],
  });
  expect((await append(inMonth(5))).id).toBe(other + 1);
  expect(await partitions()).not.toContain('audit_events_to_move');
});

test('drops the partitions of months beyond the retention period; 0 keeps all', async () => {
  for (const month of [-15, -14, -13, 0]) await append(inMonth(month));
  await maintainPartitions(bed.db, today, 0);
  // The number of removed rows is estimated from the statistics.
  await sql`ANALYZE audit_events`.execute(bed.db);
  expect(Object.keys(await eventsByPartition())).toHaveLength(4);

  expect(await maintainPartitions(bed.db, today, 13)).toBe(2);
  expect(Object.keys(await eventsByPartition())).toEqual([-13, 0].map((month) => partitionOf(inMonth(month))).sort());
  expect(await maintainPartitions(bed.db, today, 13)).toBe(0);
});

test('events can be neither changed nor deleted, through any table', async () => {
  await append(today);
  await append(inMonth(-1));
  await maintainPartitions(bed.db, today, 13);
  await append(inMonth(7));
  const tables = ['audit_events', ...(await partitions())];
  for (const table of tables.map((name) => sql.table(name))) {
    await expect(sql`TRUNCATE ${table}`.execute(bed.db)).rejects.toThrow('append only');
  }
  for (const name of ['audit_events', partitionOf(today), partitionOf(inMonth(-1)), 'audit_events_default']) {
    const table = sql.table(name);
    await expect(sql`DELETE FROM ${table}`.execute(bed.db)).rejects.toThrow('append only');
    await expect(sql`UPDATE ${table} SET performed_by = 'nobody'`.execute(bed.db)).rejects.toThrow('append only');
    await expect(sql`UPDATE ${table} SET occurred_at = ${new Date(0)}`.execute(bed.db)).rejects.toThrow('append only');
  }
});

test('during a long read of audit events, a drop of a partition times out, and writes succeed', async () => {
  await append(inMonth(-20));
  await maintainPartitions(bed.db, today, 0);
  const cleaner = bed.cloned.open({ poolSize: 1 });
  await bed.db.transaction().execute(async (reading) => {
    await sql`SELECT FROM audit_events`.execute(reading);
    const maintaining = maintainPartitions(cleaner, today, 13);
    const delayed = expect(maintaining).rejects.toMatchObject({ extras: { cause: { code: '55P03' } } });
    await append(today);
    await delayed;
  });
  await maintainPartitions(bed.db, today, 13);
  expect(await partitions()).not.toContain(partitionOf(inMonth(-20)));
});
