import { batch } from './batch.ts';
import { coalescing } from './coalescing.ts';
import { generator } from './generator.ts';
import { introspect } from './introspect.ts';
import { junk } from './junk.ts';
import { latency } from './latency.ts';
import { revokeToDeny } from './revoke-to-deny.ts';
import type { Row } from './row.ts';
import { scale } from './scale.ts';
import { tokenEndpoint } from './token-endpoint.ts';
import { webhookFanOut } from './webhook-fan-out.ts';
import { workers } from './workers.ts';

/** Everything that can be measured, in the order of the table. */
export const ROWS: readonly Row[] = [
  { name: 'generator', about: 'our load generator beside h2load, on nghttpd', run: generator },
  {
    name: 'introspect',
    about: 'unary Introspect by the lane and by the standard port, beside six other servers; 1 and 10 connections',
    run: introspect,
  },
  { name: 'latency', about: 'p99 at half of the full load, beside grpc-js at the same rate', run: latency },
  { name: 'batch', about: 'BatchIntrospect of 32 tokens, beside one in each call', run: batch },
  {
    name: 'coalescing',
    about: 'the gateway’s client with 100 introspections at once, beside a call for each',
    run: coalescing,
  },
  { name: 'junk', about: 'malformed tokens, beside live ones; look-ups that they cause', run: junk },
  { name: 'workers', about: 'CPU time of a request with two workers, beside one', run: workers },
  { name: 'token-endpoint', about: 'code exchange and refresh, beside a bare pg loop', run: tokenEndpoint },
  {
    name: 'revoke-to-deny',
    about: 'from the start of a revocation to its first denial, with three replicas asked every millisecond or two',
    run: revokeToDeny,
  },
  {
    name: 'webhook-fan-out',
    about: 'one event to 1,000 installs and 1,000 events to 10, beside bare inserts',
    run: ({ system }) => webhookFanOut(system.stack.info),
  },
  {
    name: 'scale',
    about: 'ten thousand to a million live tokens: rate, misses, bytes in Redis; minutes, 1 GB of disk',
    isOnDemand: true,
    run: scale,
  },
];
