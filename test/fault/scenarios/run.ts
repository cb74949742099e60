import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProxy } from '../../support/fault-proxy.ts';
import { Random } from '../../support/random.ts';
import type { Promised } from '../checker/checker.ts';
import { ApiClient } from '../cluster/api-client.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { AuthServerNode, ReplicaNode } from '../cluster/nodes.ts';
import { databaseOracle } from '../workload/database-oracle.ts';
import { introspectionLoad } from '../workload/introspection-load.ts';
import type { LoadContext } from '../workload/load-context.ts';
import { Tenant } from '../workload/tenant.ts';
import { type TokenLifecycle, tokenLifecycle } from '../workload/token-lifecycle.ts';
import { runWorkers } from '../workload/workers.ts';

/** Faults that are injected under load. The cluster is healed after `inject` has returned. */
export interface Scenario {
  /** The guarantees of docs/caching.md that are checked. Default: A and B. */
  readonly promised?: Promised;
  /** How many tenants the workers change. Default: 2. The workers of one tenant use two auth-servers that are not reserved. */
  readonly tenants?: number;
  /** How many auth-servers no worker uses, counted from the last. If only one is left, all workers use it. Default: 0. */
  readonly reserved?: number;
  inject(run: Run): Promise<void>;
}

/** Scenarios by name. */
export type Scenarios = Readonly<Record<string, Scenario>>;

export interface RunOptions {
  readonly seed: number;
  /** Short in CI, realistic in a soak. */
  readonly outageMs: number;
}

const DEFAULT_TENANTS = 2;
/**
 * Average pause of a worker with the default number of tenants. The pause is proportional to the number of tenants, so that the
 * rate of changes is constant.
 */
const PAUSE_MS = 60;
/** Minimum load before and after the faults. */
const MIN_LOAD_MS = 1_000;
const MIN_RESPONSES = 30;
const MIN_CHANGES = 10;
const LOAD_LIMIT_MS = 30_000;
const POLL_MS = 20;

export type Run = Awaited<ReturnType<typeof startRun>>;

/** Creates the tenants of a run and their load, which begins with `underLoad`. */
export async function startRun(
  cluster: Cluster,
  { seed, outageMs }: RunOptions,
  { tenants: count = DEFAULT_TENANTS, reserved = 0 }: Pick<Scenario, 'tenants' | 'reserved'>,
) {
  const clients = cluster.authServers.map((node) => new ApiClient(cluster, node));
  const [firstClient] = clients as [ApiClient];
  const workerClients = clients.slice(0, clients.length - reserved);
  const closing = new AbortController();
  const context: LoadContext = {
    database: databaseOracle(cluster.databaseUrl),
    random: new Random(seed),
    closing: closing.signal,
    counts: { acknowledged: 0, refused: 0, pending: 0, unknown: 0 },
    defects: [],
  };
  const load = introspectionLoad(context);
  const { counts, database } = context;
  const steady = new Tenant('steady');
  const busy = Array.from({ length: count }, (_, index) => new Tenant(`tenant ${index}`));
  const tenants = [steady, ...busy];
  for (const tenant of tenants) await tenant.seed(firstClient, database);
  await tokenLifecycle(steady, firstClient, context).install();

  const work = () => {
    const pauseMs = (PAUSE_MS * count) / DEFAULT_TENANTS;
    const clientAt = (index: number) => workerClients[index % workerClients.length] as ApiClient;
    const workers = busy.map((tenant, index) =>
      runWorkers(context, tenant, { clients: [clientAt(index), clientAt(index + 1)], pauseMs }),
    );
    return Promise.all([load.run(cluster.replicas, [steady, ...busy]), ...workers]);
  };
  const waitForLoad = async () => {
    const limit = performance.now() + LOAD_LIMIT_MS;
    const responses = load.responses + MIN_RESPONSES;
    const changes = counts.acknowledged + MIN_CHANGES;
    await sleep(MIN_LOAD_MS);
    while (load.responses < responses || counts.acknowledged < changes) {
      if (performance.now() > limit) throw new Error(`too few responses or changes within ${LOAD_LIMIT_MS} ms`);
      await sleep(POLL_MS);
    }
  };

  return {
    ...context,
    cluster,
    clients,
    lastClient: clients.at(-1) as ApiClient,
    load,
    outageMs,
    faults: 0,
    /** A tenant whose token is live and never changes: its introspection must succeed while auth-server or Redis is available. */
    steady,
    /** The tenants that are checked at the end. */
    tenants,
    /** An auth-server that workers use and replicas do not. */
    spare: cluster.authServers[1] as AuthServerNode,
    firstReplica: cluster.replicas[0] as ReplicaNode,

    /** A tenant without load and workers, installed through `client`. It is checked like the others. */
    async quietTenant(client = firstClient): Promise<{ tenant: Tenant; tokens: TokenLifecycle }> {
      const tenant = new Tenant(`quiet ${tenants.length}`);
      await tenant.seed(firstClient, database);
      const tokens = tokenLifecycle(tenant, client, context);
      await tokens.install();
      tenants.push(tenant);
      return { tenant, tokens };
    },

    /** Injects a fault a number of times, with a pause after each. */
    async repeat(times: number, pauseMs: number, fault: () => unknown): Promise<void> {
      for (let time = 0; time < times; time++) {
        await fault();
        this.faults++;
        await sleep(pauseMs);
      }
    },

    /** Introspects the newest token of a tenant on every replica, one after another. */
    async introspectEverywhere(tenant: Tenant): Promise<void> {
      for (const replica of cluster.replicas) await load.introspect(replica, tenant);
    },

    /** Runs workers and load during `inject` and for a while before and after. */
    async underLoad(inject: () => Promise<void>): Promise<void> {
      const working = work();
      const injectUnderLoad = async () => {
        await waitForLoad();
        await inject();
        cluster.heal();
        await waitForLoad();
      };
      try {
        // The first promise never resolves; it rejects if the load or a worker throws.
        await Promise.race([working.then(() => new Promise<never>(() => {})), injectUnderLoad()]);
      } finally {
        cluster.heal();
        closing.abort();
      }
      await working;
    },

    [Symbol.asyncDispose]: () => database.close(),
  };
}

/** The proxies between the services and Redis, one for each service. */
export const redisProxies = ({ cluster }: Run): FaultProxy[] => cluster.services.map(({ redis }) => redis);

/**
 * The state of the steady token is cached and never changes, so its introspection must succeed during an outage: from Redis
 * while auth-server is down, from auth-server while Redis is down.
 */
export async function expectSteadyDuring(run: Run, outage: () => Promise<void>): Promise<void> {
  const { steady, load } = run;
  await run.introspectEverywhere(steady);
  const startedAt = performance.now();
  await run.repeat(1, 0, outage);
  await run.introspectEverywhere(steady);
  const failures = load.failures.filter((failure) => failure.tenant === steady && failure.startedAt >= startedAt);
  const [first] = failures;
  if (first === undefined) return;
  const ms = (time: number) => `${(time - startedAt).toFixed()} ms`;
  const when = `${ms(first.startedAt)} to ${ms(first.endedAt)} into the outage`;
  run.defects.push(
    `introspection of the steady token failed ${failures.length} times; first by ${first.where}, ${when}: ${first.why}`,
  );
}
