import { batch } from './batch.ts';
import { coalescing } from './coalescing.ts';
import { coldStart } from './cold-start.ts';
import { extAuthz } from './ext-authz.ts';
import { forwardAuth } from './forward-auth.ts';
import { generator } from './generator.ts';
import { introspect } from './introspect.ts';
import { latency } from './latency.ts';
import { lockedApp } from './locked-app.ts';
import { malformed } from './malformed.ts';
import { misses } from './misses.ts';
import { revokeToDeny } from './revoke-to-deny.ts';
import type { Row } from './row.ts';
import { scale } from './scale.ts';
import { sizeOfChange } from './size-of-change.ts';
import { steadyState } from './steady-state.ts';
import { tokenEndpoint } from './token-endpoint.ts';
import { traces } from './traces.ts';
import { webhookFanOut } from './webhook-fan-out.ts';
import { workers } from './workers.ts';

/** All rows, in the order in which they run: those that load the most tokens into Postgres come last. */
export const ROWS: readonly Row[] = [
  row('generator', generator, 'the load generator compared with h2load, on nghttpd'),
  row(
    'introspect',
    introspect,
    'unary Introspect on the fast port and on the standard port, compared with six other servers; 1 and 10 connections',
  ),
  row('latency', latency, 'p99 at half of the full load, compared with grpc-js at the same rate'),
  row('batch', batch, 'BatchIntrospect of 32 tokens, compared with one token per call'),
  row('ext-authz', extAuthz, 'Envoy’s Check, compared with Introspect'),
  row('forward-auth', forwardAuth, 'the requests of Traefik and Caddy over HTTP, compared with Introspect'),
  row(
    'coalescing',
    coalescing,
    'the gateway’s client with 100 concurrent introspections, compared with one call for each',
  ),
  row('malformed', malformed, 'malformed tokens, compared with live ones, and the look-ups that they cause'),
  row('workers', workers, 'CPU time of a request with two workers, compared with one'),
  row('traces', traces, 'CPU time of a request if one in a hundred is in a sampled trace, compared with none'),
  row('token-endpoint', tokenEndpoint, 'code exchange and refresh, compared with a loop of commits'),
  row('locked-app', lockedApp, 'refreshes of other apps while one app is locked and 300 clients refresh its tokens'),
  row(
    'revoke-to-deny',
    revokeToDeny,
    'from the start of a revocation to its first denial, with introspections by three replicas every millisecond or two',
  ),
  row('webhook-fan-out', webhookFanOut, 'one event to 1,000 installs and many to 10, compared with bare inserts'),
  row('misses', misses, 'first introspections of tokens that are not cached: rate, and CPU time of each process'),
  row('cold-start', coldStart, 'Redis is flushed under load with 100,000 cached tokens'),
  row(
    'steady-state',
    steadyState,
    'CPU time of auth-server and introspection while 200,000 tokens are in use; two minutes',
  ),
  row('scale', scale, 'a million live tokens, compared with ten thousand: rate, and bytes in Redis; 1 GB of disk'),
  row(
    'size-of-change',
    sizeOfChange,
    'suspending, resuming, narrowing and deleting an app with 1,000 and 1,000,000 installs, compared with one disconnect',
  ),
];

function row(name: string, run: Row['run'], about: string): Row {
  return { name, run, about };
}
