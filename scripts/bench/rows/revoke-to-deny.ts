import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatedClient } from '@featureos/introspection-client';
import pg from 'pg';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { OAuthClient } from '../../stack/oauth-client.ts';
import type { StackInfo } from '../../stack/stack-file.ts';
import type { Bench } from '../bench.ts';
import { type Figure, percentile } from '../figures.ts';
import { atMost, type Goal } from '../goals.ts';
import { onAllCores } from '../measure/all-cores.ts';
import { BareInserts } from '../system/bare-inserts.ts';

const TIMEOUT_MS = 2_000;
/** Between a response of a replica and the next request to it. Without a pause, a revocation mostly waits for a core. */
const PAUSE_MS = 1;
/** Revocations whose times are not measured. Their stale responses are counted. */
const WARM_UP_ROUNDS = 20;

/** The responses of one replica in one round. */
interface Watch {
  /** When the first denied Introspect was sent. */
  deniedAt: number;
  /** `active` responses to Introspects that were sent after the revocation had returned. */
  stale: number;
  introspects: number;
}

/**
 * The time from the start of the revoke call (RFC 7009) to the first denial, with one Introspect after another to every
 * replica, PAUSE_MS apart; and the stale responses after the call had returned. The baseline is a bare commit just before, under
 * the same load, since no revocation can be faster.
 */
export async function revokeToDeny(bench: Bench): Promise<void> {
  const { system, settings } = bench;
  bench.report(...(await onAllCores(bench, () => measure(system.stack.info, settings.revocations))));
}

async function measure(stack: StackInfo, revocations: number): Promise<Figure[]> {
  const app = await OAuthClient.register(stack, 'Bench');
  const db = new pg.Pool({ connectionString: stack.database_url, max: 1 });
  const bare = await BareInserts.prepare(db);
  const replicas = stack.introspection.grpc.split(',').map((address) => {
    const serviceToken = stack.credentials.gateway;
    return new ReplicatedClient({ addresses: [address], serviceToken, timeoutMs: TIMEOUT_MS }, []);
  });
  const toFirst: number[] = [];
  const toLast: number[] = [];
  const calls: number[] = [];
  const commits: number[] = [];
  let stale = 0;
  let introspects = 0;
  let pair = await app.install();
  for (let round = -WARM_UP_ROUNDS; round < revocations; round++) {
    const token = pair.access_token;
    const state = { revokedAt: Number.POSITIVE_INFINITY };
    await Promise.all(replicas.map((replica) => isActive(replica, token))); // cached, and all replicas have its stamps
    const watching = replicas.map((replica) => watch(replica, token, state));
    const committing = performance.now();
    await bare.insert(1);
    const begun = performance.now();
    await app.revoke(token);
    state.revokedAt = performance.now();
    const watches = await Promise.all(watching);
    stale += watches.reduce((sum, each) => sum + each.stale, 0);
    introspects += watches.reduce((sum, each) => sum + each.introspects, 0);
    pair = await app.refresh(pair);
    if (round < 0) continue;
    commits.push(begun - committing);
    calls.push(state.revokedAt - begun);
    toFirst.push(Math.min(...watches.map(({ deniedAt }) => deniedAt)) - begun);
    toLast.push(Math.max(...watches.map(({ deniedAt }) => deniedAt)) - begun);
  }
  await db.end();
  for (const replica of replicas) replica.close();
  const milliseconds = (name: string, samples: number[], goals: readonly Goal[] = []): Figure[] =>
    [0.5, 0.99].map((share) => ({
      name: `${name}, p${share * 100}`,
      value: percentile(samples, share),
      unit: 'ms',
      baseline: { name: 'a bare commit', value: percentile(commits, share) },
      goals: share === 0.99 ? goals : goals.filter(({ of }) => of === 'ratio'),
    }));
  return [
    ...milliseconds('revoke to first denial', toFirst, [atMost(2.5, 'ratio'), atMost(10)]),
    ...milliseconds(`revoke to denial by all ${replicas.length} replicas`, toLast),
    ...milliseconds('revoke call', calls),
    {
      name: 'stale responses after the revoke call',
      value: stale,
      unit: `of ${introspects.toLocaleString('en')} responses`,
      goals: [atMost(0)],
    },
  ];
}

async function watch(replica: ReplicatedClient, token: string, state: { revokedAt: number }): Promise<Watch> {
  const seen: Watch = { deniedAt: Number.POSITIVE_INFINITY, stale: 0, introspects: 0 };
  // Until two Introspects that were sent after the call had returned are denied.
  for (let after = 0; after < 2; ) {
    const begun = performance.now();
    const active = await isActive(replica, token);
    seen.introspects++;
    if (active && begun > state.revokedAt) seen.stale++;
    if (!active) seen.deniedAt = Math.min(seen.deniedAt, begun);
    if (!active && begun > state.revokedAt) after++;
    await sleep(PAUSE_MS);
  }
  return seen;
}

async function isActive(replica: ReplicatedClient, token: string): Promise<boolean> {
  return (await replica.call(IntrospectionService.method.introspect, { token })).active;
}
