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

/** All rows, in the order in which they run: those that leave millions of rows in Postgres come last. */
export const ROWS: readonly Row[] = [
  { name: 'generator', about: 'the load generator compared with h2load, on nghttpd', run: generator },
  {
    name: 'introspect',
    about:
      'unary Introspect on the fast port and on the standard port, compared with six other servers; 1 and 10 connections',
    run: introspect,
  },
  { name: 'latency', about: 'p99 at half of the full load, compared with grpc-js at the same rate', run: latency },
  { name: 'batch', about: 'BatchIntrospect of 32 tokens, compared with one token per call', run: batch },
  { name: 'ext-authz', about: 'Envoy’s Check, compared with Introspect', run: extAuthz },
  {
    name: 'forward-auth',
    about: 'the requests of Traefik and Caddy over HTTP, compared with Introspect',
    run: forwardAuth,
  },
  {
    name: 'coalescing',
    about: 'the gateway’s client with 100 concurrent introspections, compared with one call for each',
    run: coalescing,
  },
  {
    name: 'malformed',
    about: 'malformed tokens, compared with live ones, and the look-ups that they cause',
    run: malformed,
  },
  { name: 'workers', about: 'CPU time of a request with two workers, compared with one', run: workers },
  {
    name: 'traces',
    about: 'CPU of a request if one in a hundred is in a sampled trace, compared with none',
    run: traces,
  },
  { name: 'token-endpoint', about: 'code exchange and refresh, compared with a loop of commits', run: tokenEndpoint },
  {
    name: 'locked-app',
    about: 'refreshes of other apps while one app is locked and 300 of its refreshes wait',
    run: lockedApp,
  },
  {
    name: 'revoke-to-deny',
    about:
      'from the start of a revocation to its first denial, with introspections by three replicas every millisecond or two',
    run: revokeToDeny,
  },
  {
    name: 'webhook-fan-out',
    about: 'one event to 1,000 installs and many to 10, compared with plain inserts',
    run: webhookFanOut,
  },
  {
    name: 'misses',
    about: 'first introspections of tokens that are not cached: rate, and CPU of each service',
    run: misses,
  },
  { name: 'cold-start', about: 'Redis is flushed under load with 100,000 cached tokens', run: coldStart },
  { name: 'steady-state', about: 'CPU of auth-server while 200,000 tokens are in use; two minutes', run: steadyState },
  {
    name: 'scale',
    about: 'a million live tokens, compared with ten thousand: rate, and bytes in Redis; 1 GB of disk',
    run: scale,
  },
  {
    name: 'size-of-change',
    about: 'suspending, narrowing and deleting an app with 1,000 and 1,000,000 installs, compared with one disconnect',
    run: sizeOfChange,
  },
];
