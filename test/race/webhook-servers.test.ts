/** Several auth-servers deliver webhooks from one database. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebhookDeliverer, type WebhookRequest } from '../../services/auth-server/domain/webhook/webhook-deliverer.ts';
import { WebhookSigner } from '../../services/auth-server/domain/webhook/webhook-signer.ts';
import { JobRuns } from '../../services/auth-server/jobs/job-runs.ts';
import { WebhookDispatcher } from '../../services/auth-server/jobs/webhooks/dispatcher.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import { systemClock } from '../../services/common/process/clock.ts';
import { createLog } from '../../services/common/process/log.ts';
import { Hooks } from '../support/hooks.ts';
import { Receiver } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';

const bed = testBed();
const EVENTS = 200;
const MORE_SERVERS = 3;

const hooks = new Hooks(bed);
let receiver: Receiver;

beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver?.stop());

/** The webhook dispatcher of another auth-server. Records the requests that it sends. */
function startServer(sent: WebhookRequest[]) {
  const timeouts = { connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 };
  const db = openDatabase({ url: bed.system.databaseUrl, poolSize: 2, ...timeouts });
  const database = new PgDatabase(db);
  const sender = {
    async send(request: WebhookRequest) {
      sent.push(request);
      const { status } = await fetch(request.url, { method: 'POST', headers: request.headers, body: request.body });
      return { httpStatus: status, error: null, responseExcerpt: '' };
    },
  };
  const deliverer = new WebhookDeliverer(database, sender, new WebhookSigner([bed.system.webhookKey]), systemClock);
  const dispatcher = new WebhookDispatcher({
    queue: database.stores.deliveryQueue,
    deliverer,
    clock: systemClock,
    runs: new JobRuns(systemClock, createLog('test', 'silent')),
    concurrency: 50,
  });
  dispatcher.start();
  return async () => {
    await dispatcher.stop();
    await db.destroy();
  };
}

test('each delivery is sent once, by one of several servers', async () => {
  const app = await hooks.registerApp(receiver.url);
  await bed.world.install(app);
  const sent: WebhookRequest[] = [];
  const stops = Array.from({ length: MORE_SERVERS }, () => startServer(sent));
  try {
    await Promise.all(Array.from({ length: EVENTS }, () => hooks.publish()));
    await receiver.waitFor(EVENTS);
    const isUnfinished = "status <> 'succeeded'";
    await expect.poll(() => bed.tables.count('webhook_deliveries', isUnfinished), { timeout: 20_000 }).toBe(0);
  } finally {
    await Promise.all(stops.map((stop) => stop()));
  }
  expect(receiver.received).toHaveLength(EVENTS);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(EVENTS);
  expect(await bed.tables.count('webhook_attempts')).toBe(EVENTS);
  expect(sent.length).toBeGreaterThan(0); // otherwise the server of `bed` sent all of them
});
