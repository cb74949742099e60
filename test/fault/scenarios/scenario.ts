import type { Promised } from '../checker/checker.ts';
import type { AuthClient } from '../harness/auth-client.ts';
import type { Cluster } from '../harness/cluster.ts';
import type { Random } from '../harness/random.ts';
import type { IntrospectLoad } from '../workload/introspect-load.ts';
import type { Life } from '../workload/life.ts';
import type { Tenant } from '../workload/tenant.ts';
import type { Truth } from '../workload/truth.ts';
import type { ChangeCounts, Workplace } from '../workload/workplace.ts';

/** A run as a scenario sees it: the load is on, and the faults are the scenario's. */
export interface Run {
  readonly cluster: Cluster;
  /** A client for each auth-server, in their order. */
  readonly clients: readonly AuthClient[];
  /** The last of them. */
  readonly apart: AuthClient;
  readonly load: IntrospectLoad;
  readonly truth: Truth;
  readonly random: Random;
  readonly counts: Readonly<ChangeCounts>;
  /** Its token is live and nothing changes about it, so it must be answered whenever anything can be. */
  readonly steady: Tenant;
  /** For how long outages last, in ms: short in CI, as long as it takes in a soak. */
  readonly outageMs: number;
  /**
   * A tenant that nobody asks about and nothing changes, but what the scenario does; it is checked like the others. Its life
   * goes through that client, the first one unless told.
   */
  quietTenant(by?: AuthClient): Promise<{ tenant: Tenant; life: Life }>;
  /** Changes that the scenario makes itself are noted like the others. */
  readonly place: Workplace;
  /** Counts a fault. */
  fault(): void;
  /** Notes what must not be. */
  defect(text: string): void;
}

/** One way of breaking things under load. */
export interface Scenario {
  readonly name: string;
  readonly promised: Promised;
  /** Tenants that change all the time; each goes through two auth-servers, and so do all that follow. 2 unless told. */
  readonly tenants?: number;
  /** How many auth-servers, the last ones, are left to the scenario's own changes. None unless told. */
  readonly apart?: number;
  /** Breaks things; when it returns, everything is healed. */
  inject(run: Run): Promise<void>;
}
