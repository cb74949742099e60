/** auth-servers are killed amid 10,000 deliveries to receivers of which some are slow and some fail. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { Hooks } from '../support/hooks.ts';
import { type Received, Receiver, verify } from '../support/receiver.ts';
import { Tables } from '../support/tables.ts';
import { GLOBEX, type RegisteredApp, type World } from '../support/world.ts';
import type { Cluster } from './harness/cluster.ts';
import { worldOf } from './harness/cluster-world.ts';
import { clusterOf } from './suite.ts';

const EVENTS = 1_000;
const RECEIVERS = 10;
const PUBLISHERS = 8;
const PATIENCE_MS = 150_000;
/** After so many requests an auth-server is killed, each in its turn. */
const KILL_AFTER = [1_500, 3_000, 4_500, 6_000, 7_500];
const SLOW_MS = 100;
const VERY_SLOW_MS = 4_000;
const FIRST_RETRY_MS = 5 * 60_000;

const cluster = clusterOf({ cluster: {}, scenarios: [] });
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
  return { receiver, app, secret: await hooks.rotate((await hooks.hookOf(app)).id) };
}

const after =
  (ms: number): Receiver['respond'] =>
  (response) =>
    setTimeout(() => response.writeHead(200).end(), ms);

/** Refuses each delivery once. */
function failingAtFirst(): Receiver['respond'] {
  const seen = new Set<string>();
  return (response, { id }) => {
    response.writeHead(seen.has(id) ? 200 : 500).end();
    seen.add(id);
  };
}

/** Publishes as a platform does that repeats what it has no answer to, under the same key. */
async function publishAll(world: World): Promise<void> {
  const hooks = new Hooks({ world });
  let next = 0;
  const publisher = async () => {
    for (let n = next++; n < EVENTS; n = next++) {
      const event = { organizationId: GLOBEX, data: { n }, idempotencyKey: `event ${n}` };
      while (
        !(await hooks.publish(event).then(
          () => true,
          () => false,
        ))
      )
        await sleep(50);
      if (n % 50 === 0)
        await hooks.publish({ ...event, type: 'post_completed', idempotencyKey: `slow ${n}` }).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: PUBLISHERS }, publisher));
}

async function killInTurns({ authServers }: Cluster, received: () => number): Promise<void> {
  for (const [turn, count] of KILL_AFTER.entries()) {
    await expect.poll(received, { timeout: PATIENCE_MS, interval: 5 }).toBeGreaterThan(count);
    const victim = authServers[turn % authServers.length];
    await victim?.child.kill();
    await victim?.startAgain();
  }
}

const numbersOf = ({ receiver }: Subscriber) => new Set(receiver.received.map(({ event }) => event.data.n));
const total = (subscribers: readonly Subscriber[]) =>
  subscribers.reduce((sum, { receiver }) => sum + receiver.received.length, 0);

test('no event is lost, duplicates carry the same id, and all of it verifies', {
  timeout: 2 * PATIENCE_MS,
}, async () => {
  const world = await worldOf(cluster.current).seed();
  const fast: Subscriber[] = [];
  while (fast.length < RECEIVERS - 3) fast.push(await subscribe(world));
  const slow = [await subscribe(world, after(SLOW_MS)), await subscribe(world, after(SLOW_MS))];
  const failing = await subscribe(world, failingAtFirst());
  const verySlow = await subscribe(world, after(VERY_SLOW_MS), 'post_completed');
  const subscribers = [...fast, ...slow, failing];

  await Promise.all([publishAll(world), killInTurns(cluster.current, () => total(subscribers))]);

  // What was under way in servers that died comes by itself when its lease has ended, what failed after five minutes.
  const missing = () => subscribers.reduce((sum, subscriber) => sum + EVENTS - numbersOf(subscriber).size, 0);
  await expect.poll(missing, { timeout: PATIENCE_MS, interval: 100 }).toBe(0);
  for (const { child } of cluster.current.authServers) child.tell({ kind: 'advance clock', ms: FIRST_RETRY_MS });
  const tables = new Tables(cluster.current.parts.databaseUrl);
  const owed = () =>
    tables.count(
      'webhook_deliveries JOIN webhook_events ON webhook_events.id = event_id',
      "status = 'pending' AND type = 'post_created'",
    );
  try {
    await expect.poll(owed, { timeout: PATIENCE_MS, interval: 100 }).toBe(0);
    expect(await tables.count('webhook_events', "type = 'post_created'")).toBe(EVENTS);
    expect(
      await tables.count(
        'webhook_deliveries',
        `app_id <> (SELECT id FROM apps WHERE client_id = '${verySlow.app.clientId}')`,
      ),
    ).toBe(EVENTS * RECEIVERS);
    expect(await tables.count('webhook_deliveries', "status IN ('failed', 'cancelled')")).toBe(0);
  } finally {
    await tables.close();
  }

  let duplicates = 0;
  for (const { receiver, secret } of subscribers) {
    const ids = new Map<number, Set<string>>();
    for (const received of receiver.received) {
      expect(verify(secret, received, timeOf(received))).toEqual(received.event);
      ids.set(received.event.data.n, (ids.get(received.event.data.n) ?? new Set()).add(received.id));
    }
    expect([...ids.values()].filter(({ size }) => size !== 1)).toEqual([]);
    duplicates += receiver.received.length - EVENTS;
  }
  // The failing one has each delivery twice; what is more was sent again because a server died.
  process.stdout.write(
    `${total(subscribers)} requests for ${EVENTS * RECEIVERS} deliveries, ${KILL_AFTER.length} kills, ${duplicates - EVENTS} sent again for them\n`,
  );
  expect(duplicates).toBeGreaterThanOrEqual(EVENTS);
});

const timeOf = ({ headers }: Received) => Number(headers['webhook-timestamp']) * 1_000;
