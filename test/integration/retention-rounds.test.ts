import { type Kysely, sql } from 'kysely';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { JobRuns } from '../../services/auth-server/jobs/job-runs.ts';
import { Retention, type Wait } from '../../services/auth-server/jobs/retention.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { createLog } from '../../services/common/process/log.ts';
import { cloneDatabase } from '../support/database.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** Three batches. */
const OLD_EVENTS = 2_500;

let db: Kysely<Schema>;
/** For a second server. */
let otherDb: Kysely<Schema>;
const clock = new ManualClock();
const started: Retention[] = [];

beforeAll(async () => {
  const cloned = await cloneDatabase();
  const open = () => cloned.open({ poolSize: 3 });
  [db, otherDb] = [open(), open()];
  await sql`INSERT INTO organizations (id, subdomain, name) VALUES (1, 'acme', '')`.execute(db);
  return () => cloned.drop();
});
beforeEach(async () => {
  await sql`
    INSERT INTO webhook_events (organization_id, type, body, idempotency_key, digest, created_at)
    SELECT 1, 'post_created', '{}', 'old ' || n, '', now() - interval '31 days'
    FROM generate_series(1, ${OLD_EVENTS}::integer) AS n`.execute(db);
});
afterEach(async () => {
  for (const retention of started.splice(0)) await retention.stop();
  await sql`DELETE FROM webhook_events`.execute(db);
});

/** Waits that the test ends. */
class ManualWaits {
  readonly durations: number[] = [];
  #end: () => void = () => {};

  readonly wait: Wait = (ms, signal) =>
    new Promise((resolve, reject) => {
      this.durations.push(ms);
      this.#end = () => resolve(undefined);
      signal.addEventListener('abort', reject);
    });

  end(): void {
    this.#end();
  }
}

function newRetention(database: Kysely<Schema>, wait: Wait): Retention {
  const log = createLog('test', 'silent');
  const retention = new Retention({ db: database, clock, runs: new JobRuns(clock, log), auditMonths: 13, wait });
  started.push(retention);
  return retention;
}

const noWait: Wait = () => Promise.resolve();
const eventsLeft = async () => (await db.selectFrom('webhook_events').select('id').execute()).length;

test('the first round runs 30 to 90 s after the start, in batches with pauses, and the next one an hour later', async () => {
  const waits = new ManualWaits();
  const retention = newRetention(db, waits.wait);
  retention.start();
  expect(waits.durations[0]).toBeGreaterThanOrEqual(30_000);
  expect(waits.durations[0]).toBeLessThanOrEqual(90_000);
  for (const [batch, left] of [OLD_EVENTS - 1_000, OLD_EVENTS - 2_000, 0].entries()) {
    waits.end();
    await expect.poll(() => waits.durations.length).toBe(batch + 2);
    expect(await eventsLeft()).toBe(left);
  }
  expect(waits.durations.slice(1)).toEqual([100, 100, 3_600_000]);
});

test('only one of two servers that start a round at once deletes rows, and counts them', async () => {
  const [first, second] = [newRetention(db, noWait), newRetention(otherDb, noWait)];
  let round: Promise<boolean> | undefined;
  await db.transaction().execute(async (blocking) => {
    await sql`LOCK TABLE webhook_events IN ACCESS EXCLUSIVE MODE`.execute(blocking);
    round = first.round();
    const waiting = sql`
      SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE NOT granted AND relation = 'webhook_events'::regclass AND datname = current_database()`;
    await expect.poll(async () => (await waiting.execute(otherDb)).rows.length).toBeGreaterThan(0);
    expect(await second.round()).toBe(false);
  });
  expect(await round).toBe(true);
  expect(await eventsLeft()).toBe(0);

  expect(first.removed).toMatchObject({ webhook_events: OLD_EVENTS, tokens: 0 });
  expect(second.removed).toMatchObject({ webhook_events: 0 });
});

test('a server that is stopped ends the round after its batch and leaves the rest to the next round', async () => {
  const waits = new ManualWaits();
  const retention = newRetention(db, waits.wait);
  const round = retention.round();
  await expect.poll(() => waits.durations).toEqual([100]);
  await retention.stop();
  expect(await round).toBe(false);
  expect(await eventsLeft()).toBe(OLD_EVENTS - 1_000);
  expect(await newRetention(otherDb, noWait).round()).toBe(true);
  expect(await eventsLeft()).toBe(0);
});
