import { checkDimension, type Promised } from '../checker/checker.ts';
import { explain } from '../checker/explain.ts';
import { AuthClient } from '../harness/auth-client.ts';
import type { Cluster } from '../harness/cluster.ts';
import { Random } from '../harness/random.ts';
import { changeLife, changeRole, changeSubdomain, changeSuspension, touchApp } from '../workload/changers.ts';
import { IntrospectLoad } from '../workload/introspect-load.ts';
import { Life } from '../workload/life.ts';
import { seedTenant, Tenant } from '../workload/tenant.ts';
import { Truth } from '../workload/truth.ts';
import type { Shift, Workplace } from '../workload/workplace.ts';
import { compareWithTruth, untilQuiet } from './aftermath.ts';
import type { Run, Scenario } from './scenario.ts';

export interface RunOptions {
  readonly seed: number;
  readonly outageMs: number;
}

/** What a run came to. */
export interface Report {
  readonly name: string;
  readonly seconds: number;
  readonly answers: number;
  readonly unavailable: number;
  readonly changes: Workplace['counts'];
  readonly faults: number;
  readonly promised: Promised;
  /** Changes that could not put their fence: with any, B is not promised. */
  readonly unfenced: number;
  readonly violationCount: number;
  /** The first violations of A, B and G2, explained. */
  readonly violations: readonly string[];
  /** Whatever else must not be: C, G3, unexpected errors. */
  readonly defects: readonly string[];
}

const BUSY_TENANTS = 2;
/** What all changers together do in a second stays about the same. */
const REST_MS = 60;
/** The faults come upon a system that is in full swing, and it goes on for a while after them: so long, and so much. */
const BEFORE_MS = 500;
const AFTER_MS = 1_000;
const ANSWERS_AROUND = 30;
const CHANGES_AROUND = 10;
/** However slow the machine is. */
const AROUND_LIMIT_MS = 30_000;
const POLL_MS = 20;
const EXPLAINED = 5;

/** Each tenant takes three ids; no two runs on one cluster share any. */
let nextId = 1_000;

/** Runs one scenario on a cluster that is whole, and leaves it whole. */
export async function runScenario(cluster: Cluster, scenario: Scenario, options: RunOptions): Promise<Report> {
  const startedAt = performance.now();
  await using stage = await Stage.set(cluster, options, scenario);
  const { defects, tenants, load } = stage;
  const fencesFailed = cluster.fencesFailed;
  await stage.whileBusy(() => scenario.inject(stage));
  await untilQuiet(stage.truth).catch((error: Error) => defects.push(error.message));
  await compareWithTruth(cluster, tenants, stage.truth, defects);
  const unfenced = cluster.fencesFailed - fencesFailed;
  const promised = unfenced > 0 ? 'A' : scenario.promised;
  const violations = tenants.flatMap(({ dimensions }) => dimensions.flatMap((each) => checkDimension(each, promised)));
  return {
    name: scenario.name,
    seconds: (performance.now() - startedAt) / 1_000,
    answers: load.answers,
    unavailable: load.failures.length,
    changes: stage.counts,
    faults: stage.faults,
    promised,
    unfenced,
    violationCount: violations.length,
    violations: violations.slice(0, EXPLAINED).map(explain),
    defects: [...new Set([...defects, ...load.defects, ...stage.clients.flatMap((client) => client.defects)])],
  };
}

/** The tenants of one run, with everybody at work. */
class Stage implements Run, Workplace, AsyncDisposable {
  readonly cluster: Cluster;
  readonly clients: readonly AuthClient[];
  readonly random: Random;
  readonly truth: Truth;
  readonly outageMs: number;
  readonly steady: Tenant;
  /** All that are checked; the steady one, the busy ones, then the quiet ones. */
  readonly tenants: Tenant[];
  readonly load: IntrospectLoad;
  readonly counts = { acknowledged: 0, undone: 0, pending: 0, unknown: 0 };
  readonly defects: string[] = [];
  faults = 0;
  readonly #busyClients: readonly AuthClient[];
  readonly #closing = new AbortController();

  private constructor(
    cluster: Cluster,
    { seed, outageMs }: RunOptions,
    { tenants = BUSY_TENANTS, apart = 0 }: Scenario,
  ) {
    this.cluster = cluster;
    this.clients = cluster.authServers.map((node) => new AuthClient(node, cluster.parts));
    this.#busyClients = this.clients.slice(0, this.clients.length - apart);
    this.random = new Random(seed);
    this.truth = new Truth(cluster.databaseUrl);
    this.outageMs = outageMs;
    this.steady = newTenant('steady');
    const busy = Array.from({ length: tenants }, (_, index) => newTenant(`tenant ${index}`));
    this.tenants = [this.steady, ...busy];
    this.load = new IntrospectLoad([...this.tenants], this.random);
  }

  static async set(cluster: Cluster, options: RunOptions, scenario: Scenario): Promise<Stage> {
    const stage = new Stage(cluster, options, scenario);
    const [client] = stage.clients as [AuthClient];
    for (const tenant of stage.tenants) await seedTenant(tenant, client, stage.truth);
    await new Life(stage.steady, client, stage).install();
    return stage;
  }

  get apart(): AuthClient {
    return this.clients.at(-1) as AuthClient;
  }

  get place(): Workplace {
    return this;
  }

  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  async quietTenant(by?: AuthClient): Promise<{ tenant: Tenant; life: Life }> {
    const [client] = this.clients as [AuthClient];
    const tenant = newTenant(`quiet ${this.tenants.length}`);
    await seedTenant(tenant, client, this.truth);
    const life = new Life(tenant, by ?? client, this);
    await life.install();
    this.tenants.push(tenant);
    return { tenant, life };
  }

  fault(): void {
    this.faults++;
  }

  defect(text: string): void {
    this.defects.push(text);
  }

  /** Load and changers run while `inject` does, and a little before and after. */
  async whileBusy(inject: () => Promise<void>): Promise<void> {
    const everybody = Promise.all([
      this.load.run(this.cluster.replicas, this.closing),
      ...this.tenants.slice(1).flatMap((tenant, index) => this.#changersOf(tenant, index)),
    ]);
    const failed = everybody.then(() => new Promise<never>(() => {}));
    try {
      await Promise.race([failed, this.#injectAmid(inject)]);
    } finally {
      this.cluster.heal();
      this.#closing.abort();
    }
    await everybody;
  }

  async #injectAmid(inject: () => Promise<void>): Promise<void> {
    await this.#atWork(BEFORE_MS);
    await inject();
    this.cluster.heal();
    await this.#atWork(AFTER_MS);
  }

  async #atWork(leastMs: number): Promise<void> {
    const limit = performance.now() + AROUND_LIMIT_MS;
    const answers = this.load.answers + ANSWERS_AROUND;
    const changes = this.counts.acknowledged + CHANGES_AROUND;
    await pause(leastMs);
    while (this.load.answers < answers || this.counts.acknowledged < changes) {
      if (performance.now() > limit) throw new Error(`hardly anything happens within ${AROUND_LIMIT_MS} ms`);
      await pause(POLL_MS);
    }
  }

  /** Changes of one tenant go through different auth-servers, so that no two need to meet in one process. */
  #changersOf(tenant: Tenant, index: number): Promise<void>[] {
    const at = (turn: number): Shift => ({
      client: this.#busyClients[(index + turn) % this.#busyClients.length] as AuthClient,
      restMs: (REST_MS * (this.tenants.length - 1)) / BUSY_TENANTS,
    });
    return [
      changeLife(new Life(tenant, at(1).client, this), this, at(1)),
      changeRole(tenant, this, at(0)),
      changeSuspension(tenant, this, at(1)),
      changeSubdomain(tenant, this, at(0)),
      touchApp(tenant, this, at(0)),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.truth.close();
  }
}

function newTenant(name: string): Tenant {
  const tenant = new Tenant(name, nextId);
  nextId += 3;
  return tenant;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
