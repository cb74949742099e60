/** auth-servers are killed during 10,000 deliveries to receivers, some of which are slow or fail. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { Hooks } from '../support/hooks.ts';
import { Receiver, verify } from '../support/receiver.ts';
import { Tables } from '../support/tables.ts';
import { GLOBEX, type RegisteredApp, type World } from '../support/world.ts';
import { clusterOf } from './suite.ts';

const EVENTS = 1_000;
const RECEIVERS = 10;
const PUBLISHERS = 8;
const POLL = { timeout: 150_000, interval: 100 };
/** Numbers of requests after which an auth-server is killed. */
const KILL_AFTER = [1_500, 3_000, 4_500, 6_000, 7_500];
/** The response time of two receivers. */
const DELAYED_MS = 100;
/** The response time of the slow receiver, above the limit of delivery-slots.ts. */
const SLOW_MS = 4_000;
const FIRST_RETRY_MS = 5 * 60_000;

const cluster = clusterOf();
const receivers: Receiver[] = [];
afterAll(() => Promise.all(receivers.map((receiver) => receiver.stop())));

interface Subscriber {
  readonly receiver: Receiver;
  readonly app: RegisteredApp;
  readonly secret: string;
}

async function subscribe(world: World, respond?: Receiver['respond'], type = 'post_created'): Promise<Subscriber> {
  const hooks = new Hooks({ world });
  const receiver = await Receiver.start();
  receivers.push(receiver);
  if (respond !== undefined) receiver.respond = respond;
  const app = await hooks.registerApp(receiver.url, { subscribed_webhook_events: [type] });
  await world.install(app);
  return { receiver, app, secret: await hooks.rotate((await hooks.installHookOf(app)).id) };
}

const after =
  (ms: number): Receiver['respond'] =>
  (response) =>
    setTimeout(() => response.writeHead(200).end(), ms);

function failingFirst(): Receiver['respond'] {
  const seen = new Set<string>();
  return (response, { id }) => {
    response.writeHead(seen.has(id) ? 200 : 500).end();
    seen.add(id);
  };
}

/** Publishes all events. A failed call is repeated with the same idempotency key, except for the slow receiver's events. */
async function publishAll(world: World): Promise<void> {
  const hooks = new Hooks({ world });
  let next = 0;
  const publisher = async () => {
    for (let n = next++; n < EVENTS; n = next++) {
      const event = { organizationId: GLOBEX, data: { n }, idempotencyKey: `event ${n}` };
      const publish = () =>
        hooks.publish(event).then(
          () => true,
          () => false,
        );
      while (!(await publish())) await sleep(50);
      if (n % 50 !== 0) continue;
      await hooks.publish({ ...event, type: 'post_completed', idempotencyKey: `slow ${n}` }).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: PUBLISHERS }, publisher));
}

async function killAuthServers(requests: () => number): Promise<void> {
  const { authServers } = cluster.current;
  for (const [index, count] of KILL_AFTER.entries()) {
    await expect.poll(requests, { ...POLL, interval: 5 }).toBeGreaterThan(count);
    const node = authServers[index % authServers.length];
    await node?.kill();
    await node?.start();
  }
}

const total = (subscribers: readonly Subscriber[]) =>
  subscribers.reduce((sum, { receiver }) => sum + receiver.received.length, 0);
const distinct = ({ receiver }: Subscriber) => new Set(receiver.received.map(({ event }) => event.data.n)).size;

test('loses no event, and repeats a delivery with the same id and a valid signature', {
  timeout: 2 * POLL.timeout,
}, async () => {
  const world = await cluster.current.world().seed();
  const subscribers: Subscriber[] = [];
  while (subscribers.length < RECEIVERS - 3) subscribers.push(await subscribe(world));
  for (const respond of [after(DELAYED_MS), after(DELAYED_MS), failingFirst()]) {
    subscribers.push(await subscribe(world, respond));
  }
  const slow = await subscribe(world, after(SLOW_MS), 'post_completed');

  await Promise.all([publishAll(world), killAuthServers(() => total(subscribers))]);

  // Deliveries in progress at a kill are repeated when their lease has expired, failed ones after five minutes.
  const missing = () => subscribers.reduce((sum, subscriber) => sum + EVENTS - distinct(subscriber), 0);
  await expect.poll(missing, POLL).toBe(0);
  for (const node of cluster.current.authServers) node.send({ kind: 'advance clock', ms: FIRST_RETRY_MS });
  const tables = new Tables(cluster.current.config.databaseUrl);
  const pending = () =>
    tables.count(
      'webhook_deliveries JOIN webhook_events ON webhook_events.id = event_id',
      "status = 'pending' AND type = 'post_created'",
    );
  try {
    await expect.poll(pending, POLL).toBe(0);
    expect(await tables.count('webhook_events', "type = 'post_created'")).toBe(EVENTS);
    const isNotSlow = `app_id <> (SELECT id FROM apps WHERE client_id = '${slow.app.clientId}')`;
    expect(await tables.count('webhook_deliveries', isNotSlow)).toBe(EVENTS * RECEIVERS);
    expect(await tables.count('webhook_deliveries', "status IN ('failed', 'cancelled')")).toBe(0);
  } finally {
    await tables.close();
  }

  for (const { receiver, secret } of subscribers) {
    const ids = new Map<number, Set<string>>();
    for (const received of receiver.received) {
      const sentAt = Number(received.headers['webhook-timestamp']) * 1_000;
      expect(verify(secret, received, sentAt)).toEqual(received.event);
      ids.set(received.event.data.n, (ids.get(received.event.data.n) ?? new Set()).add(received.id));
    }
    expect([...ids.values()].filter(({ size }) => size !== 1)).toEqual([]);
  }
  // The failing receiver gets each delivery twice; all other repeats follow a kill.
  const repeats = total(subscribers) - EVENTS * RECEIVERS;
  console.log(`${KILL_AFTER.length} kills, ${repeats - EVENTS} deliveries repeated after them`);
  expect(repeats).toBeGreaterThanOrEqual(EVENTS);
});
