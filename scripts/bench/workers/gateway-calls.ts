/** The gateway's client with concurrent introspections. */
import { readFileSync } from 'node:fs';
import { type CoalescingLimits, IntrospectionClient } from '@featureos/introspection-client';
import { TOKEN_BYTES } from '../load/token-list.ts';
import { serveJobs } from './serve-jobs.ts';

export interface GatewayJob {
  readonly addresses: readonly string[];
  readonly serviceToken: string;
  readonly coalescing: CoalescingLimits;
  /** A file of packed tokens. */
  readonly tokens: string;
  readonly concurrency: number;
  readonly seconds: number;
}

export interface GatewayReport {
  readonly perSecond: number;
  /** CPU time of this process per introspection, µs. */
  readonly cpuMicros: number;
}

const WARM_UP_SECONDS = 0.5;
const TIMEOUT_MS = 5_000;

serveJobs<GatewayJob, GatewayReport>(async (job) => {
  const { addresses, serviceToken, coalescing, seconds } = job;
  const client = new IntrospectionClient({
    addresses,
    serviceToken,
    timeoutMs: TIMEOUT_MS,
    coalescing,
  });
  try {
    const nextToken = tokensInTurn(job.tokens);
    await callFor(WARM_UP_SECONDS, job.concurrency, () => client.introspect(nextToken()));
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    const calls = await callFor(seconds, job.concurrency, () => client.introspect(nextToken()));
    const { user, system } = process.cpuUsage(cpu);
    return { perSecond: (calls / (performance.now() - startedAt)) * 1_000, cpuMicros: (user + system) / calls };
  } finally {
    client.close();
  }
});

/** Calls for `seconds` with a fixed concurrency and returns the number of calls. Throws if a token is not active. */
async function callFor(
  seconds: number,
  concurrency: number,
  call: () => Promise<{ active: boolean }>,
): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let calls = 0;
  const caller = async () => {
    while (performance.now() < end) {
      if (!(await call()).active) throw new Error('a live token is not active');
      calls++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  return calls;
}

/** Returns the tokens of a file one after another, and then from the start again. */
function tokensInTurn(file: string): () => string {
  const packed = readFileSync(file, 'latin1');
  let at = -TOKEN_BYTES;
  return () => {
    at = (at + TOKEN_BYTES) % packed.length;
    return packed.slice(at, at + TOKEN_BYTES);
  };
}
