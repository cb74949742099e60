/**
 * The cost of inserting and sending deliveries: one event to many installs, and many events to a few, compared with the rate at which
 * Postgres inserts rows of the same size.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { WebhookService } from '../../../gen/featureos/oauth/v1/webhook_service_pb.ts';
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

/** Receivers of one event. */
const WIDE_INSTALLS = 1_000;
/** Receivers of many events. */
const DEEP_INSTALLS = 10;
const PUBLISHERS = 8;
const LIMIT_MS = 120_000;
const [WIDE_IDS, DEEP_IDS] = ID_BASES.webhookFanOut;

/** Both fan-outs: the rate of inserted deliveries compared with bare inserts, and how soon they reach their receivers. */
export async function webhookFanOut(bench: Bench): Promise<void> {
  await onAllCores(bench, () => measure(bench));
}

async function measure({ system, settings, report }: Bench): Promise<void> {
  const stack = system.stack.info;
  const db = new pg.Pool({ connectionString: stack.database_url, max: PUBLISHERS });
  const receiver = await CountingReceiver.start();
  try {
    const bare = await BareInserts.prepare(db);
    const wideOrganization = await loadInstalls(system.database, WIDE_INSTALLS, WIDE_IDS, receiver.url);
    const deepOrganization = await loadInstalls(system.database, DEEP_INSTALLS, DEEP_IDS, receiver.url);
    const publish = publisherOf(stack);
    report(...(await wide((key) => publish(wideOrganization, key), bare, receiver, settings.webhooks)));
    report(...(await deep((key) => publish(deepOrganization, key), bare, receiver, settings)));
  } finally {
    await Promise.all([receiver.stop(), db.end()]);
  }
}

/** Creates `count` apps that are installed in one organization. Returns the organization's id. */
async function loadInstalls(database: pg.Client, count: number, idBase: number, url: string): Promise<number> {
  const webhooks = { url, events: ['post_updated'] };
  const tenancy = new Tenancy(count, 1, idBase, { modes: ['app'], scopes: ['webhooks:manage'], webhooks });
  const unknown = () => randomBytes(32);
  await loadTenancy(database, tenancy, { access: unknown, refresh: unknown });
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
async function wide(
  publish: (key: string) => Promise<unknown>,
  bare: BareInserts,
  receiver: CountingReceiver,
  { rounds }: Settings['webhooks'],
): Promise<Figure[]> {
  const calls: number[] = [];
  const inserts: number[] = [];
  const arrivals: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const insert = await timed(() => bare.insert(WIDE_INSTALLS));
    const from = receiver.count;
    const begun = performance.now();
    await publish(`wide ${round} ${begun}`);
    const call = performance.now() - begun;
    await receiver.receives(from + WIDE_INSTALLS, LIMIT_MS);
    if (round === 0) continue; // warm-up
    calls.push(call);
    inserts.push(insert);
    arrivals.push(performance.now() - begun);
  }
  const rate = (samples: number[]) => (WIDE_INSTALLS * 1_000) / percentile(samples, 0.5);
  return [
    {
      name: `1 event to ${WIDE_INSTALLS} installs, inserted`,
      value: rate(calls),
      unit: 'deliveries/s',
      baseline: { name: 'rows/s of a bare insert', value: rate(inserts) },
    },
    { name: `1 event to ${WIDE_INSTALLS} installs, call p50`, value: percentile(calls, 0.5), unit: 'ms' },
    {
      name: `1 event to ${WIDE_INSTALLS} installs, last at its receiver, p50`,
      value: percentile(arrivals, 0.5),
      unit: 'ms',
    },
  ];
}

async function deep(
  publish: (key: string) => Promise<unknown>,
  bare: BareInserts,
  receiver: CountingReceiver,
  { rounds, webhooks: { events } }: Settings,
): Promise<Figure[]> {
  const rows = events * DEEP_INSTALLS;
  const bareInserts: number[] = [];
  const inserted: number[] = [];
  const sent: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const bareMs = await timed(() => inParallel(events, () => bare.insert(1 + DEEP_INSTALLS)));
    const from = receiver.count;
    const begun = performance.now();
    const insertedMs = await timed(() => inParallel(events, (at) => publish(`deep ${round} ${at} ${begun}`)));
    await receiver.receives(from + rows, LIMIT_MS);
    if (round === 0) continue; // warm-up
    bareInserts.push(bareMs);
    inserted.push(insertedMs);
    sent.push(performance.now() - begun);
  }
  const rate = (samples: number[]) => (rows * 1_000) / percentile(samples, 0.5);
  return [
    {
      name: `${events} events to ${DEEP_INSTALLS} installs, inserted`,
      value: rate(inserted),
      unit: 'deliveries/s',
      baseline: { name: 'rows/s of bare inserts', value: rate(bareInserts) },
      goals: [atLeast(5_000)],
    },
    { name: `${events} events to ${DEEP_INSTALLS} installs, sent`, value: rate(sent), unit: 'deliveries/s' },
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
