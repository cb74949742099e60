import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { rpcClient } from '../../stack/rpc-client.ts';
import type { StackInfo } from '../../stack/stack-file.ts';
import type { Bench } from '../bench.ts';
import { type Figure, percentile } from '../figures.ts';
import { atLeast } from '../goals.ts';
import { onAllCores } from '../measure/all-cores.ts';
import type { Settings } from '../options.ts';
import { BareInserts } from '../system/bare-inserts.ts';
import { CountingReceiver } from '../system/counting-receiver.ts';
import { loadTenancy } from '../system/load-tenancy.ts';
import { ID_BASES, Tenancy } from '../system/tenancy.ts';

/** Installs that get one event. */
const MANY_INSTALLS = 1_000;
/** Installs that get many events. */
const FEW_INSTALLS = 10;
const PUBLISHERS = 8;
const LIMIT_MS = 120_000;
const [MANY_IDS, FEW_IDS] = ID_BASES.webhookFanOut;

/**
 * The rate at which deliveries are inserted, compared with bare inserts, and how soon all have reached the receiver: for one
 * event to many installs, and for many events to a few.
 */
export async function webhookFanOut(bench: Bench): Promise<void> {
  await onAllCores(bench, () => measure(bench));
}

async function measure({ system, settings, report }: Bench): Promise<void> {
  const stack = system.stack.info;
  const db = new pg.Pool({ connectionString: stack.database_url, max: PUBLISHERS });
  const receiver = await CountingReceiver.start();
  try {
    const bare = await BareInserts.prepare(db);
    const withMany = await loadInstalls(system.database, MANY_INSTALLS, MANY_IDS, receiver.url);
    const withFew = await loadInstalls(system.database, FEW_INSTALLS, FEW_IDS, receiver.url);
    const publish = publisherOf(stack);
    report(...(await measureOneEvent((key) => publish(withMany, key), bare, receiver, settings.webhooks)));
    report(...(await measureManyEvents((key) => publish(withFew, key), bare, receiver, settings)));
  } finally {
    await Promise.all([receiver.stop(), db.end()]);
  }
}

/** Creates `count` apps that are installed in one organization. Returns the organization's id. */
async function loadInstalls(database: pg.Client, count: number, idBase: number, url: string): Promise<number> {
  const webhooks = { url, events: ['post_updated'] };
  const tenancy = new Tenancy(count, 1, idBase, { modes: ['app'], scopes: ['webhooks:manage'], webhooks });
  const randomHash = () => randomBytes(32);
  await loadTenancy(database, tenancy, { access: randomHash, refresh: randomHash });
  return tenancy.organizationId(0);
}

type Publish = (organizationId: number, key: string) => Promise<unknown>;

function publisherOf(stack: StackInfo): Publish {
  const client = rpcClient(WebhookService, stack.auth_server.grpc, stack.credentials.platform);
  const data = { before: { title: 'Dark mode' }, after: { title: 'Dark mode, at last' } };
  return (organizationId, idempotencyKey) =>
    client.publishEvent({ organizationId: BigInt(organizationId), type: 'post_updated', data, idempotencyKey });
}

/** Each round measures the baseline too, so that other load on the machine affects both. */
async function measureOneEvent(
  publish: (key: string) => Promise<unknown>,
  bare: BareInserts,
  receiver: CountingReceiver,
  { rounds }: Settings['webhooks'],
): Promise<Figure[]> {
  const calls: number[] = [];
  const inserts: number[] = [];
  const arrivals: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const insert = await timed(() => bare.insert(MANY_INSTALLS));
    const from = receiver.count;
    const begun = performance.now();
    await publish(`one event ${round} ${begun}`);
    const call = performance.now() - begun;
    await receiver.receives(from + MANY_INSTALLS, LIMIT_MS);
    if (round === 0) continue; // warm-up
    calls.push(call);
    inserts.push(insert);
    arrivals.push(performance.now() - begun);
  }
  const rate = (samples: number[]) => (MANY_INSTALLS * 1_000) / percentile(samples, 0.5);
  return [
    {
      name: `1 event to ${MANY_INSTALLS} installs, inserted`,
      value: rate(calls),
      unit: 'deliveries/s',
      baseline: { name: 'rows/s of a bare insert', value: rate(inserts) },
    },
    { name: `1 event to ${MANY_INSTALLS} installs, call p50`, value: percentile(calls, 0.5), unit: 'ms' },
    {
      name: `1 event to ${MANY_INSTALLS} installs, last at its receiver, p50`,
      value: percentile(arrivals, 0.5),
      unit: 'ms',
    },
  ];
}

async function measureManyEvents(
  publish: (key: string) => Promise<unknown>,
  bare: BareInserts,
  receiver: CountingReceiver,
  { rounds, webhooks: { events } }: Settings,
): Promise<Figure[]> {
  const deliveries = events * FEW_INSTALLS;
  const bareInserts: number[] = [];
  const inserted: number[] = [];
  const sent: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    // An event has a row too.
    const bareMs = await timed(() => inParallel(events, () => bare.insert(1 + FEW_INSTALLS)));
    const from = receiver.count;
    const begun = performance.now();
    const insertedMs = await timed(() => inParallel(events, (at) => publish(`many events ${round} ${at} ${begun}`)));
    await receiver.receives(from + deliveries, LIMIT_MS);
    if (round === 0) continue; // warm-up
    bareInserts.push(bareMs);
    inserted.push(insertedMs);
    sent.push(performance.now() - begun);
  }
  const rate = (samples: number[]) => (deliveries * 1_000) / percentile(samples, 0.5);
  return [
    {
      name: `${events} events to ${FEW_INSTALLS} installs, inserted`,
      value: rate(inserted),
      unit: 'deliveries/s',
      baseline: { name: 'bare inserts of as many rows', value: rate(bareInserts) },
      goals: [atLeast(5_000)],
    },
    { name: `${events} events to ${FEW_INSTALLS} installs, sent`, value: rate(sent), unit: 'deliveries/s' },
  ];
}

async function inParallel(count: number, work: (at: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < count; at = next++) await work(at);
  };
  await Promise.all(Array.from({ length: PUBLISHERS }, worker));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
