import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { percentile } from '../figures.ts';
import { atMost } from '../goals.ts';
import type { TimedResponse } from '../load/job.ts';
import { onAllCores } from '../measure/all-cores.ts';
import { countCachedTokens } from '../system/count-cached-tokens.ts';
import { fastPortServer } from '../system/introspection-servers.ts';
import { LiveTokens } from '../system/live-tokens.ts';
import { ID_BASES, Tenancy } from '../system/tenancy.ts';

const APPS = 100;
/** More in flight than a server needs at this rate, so that requests wait at the server and not in the load generator. */
const SHAPE = { connections: 16, streams: 200 };
/**
 * The cache has recovered when this share of the tokens that were cached before the flush is cached again. Because the load
 * uses all tokens equally, the same share of the introspections are then hits.
 */
const RECOVERED_SHARE = 0.99;
const POLL_MS = 250;

/** A flushed Redis under a steady load over tokens that were all cached. */
export async function coldStart(bench: Bench): Promise<void> {
  const { system, settings, folder } = bench;
  const { tokens: count } = settings.coldStart;
  const tenancy = new Tenancy(APPS, Math.ceil(count / APPS), ID_BASES.coldStart);
  const tokens = await LiveTokens.load(system.database, tenancy, system.format, join(folder, 'cold-start.tokens'));
  await onAllCores(bench, () => measure(bench, tokens));
}

async function measure(bench: Bench, tokens: LiveTokens): Promise<void> {
  const { system, cache, settings, load, progress } = bench;
  const { perSecond, secondsBefore, secondsAfter } = settings.coldStart;
  await cache.flush();
  progress(`  caching ${tokens.size.toLocaleString('en')} tokens …`);
  await cache.introspectEach(tokens.file);
  const { target } = fastPortServer(system, { kind: 'unary', tokens: tokens.file, order: 'cycle' });
  const running = load.run({
    target,
    ...SHAPE,
    perSecond,
    warmUpSeconds: settings.warmUpSeconds,
    seconds: secondsBefore + secondsAfter,
    countsFailures: true,
    hasTimeline: true,
  });
  const flushing = flushAndWait(bench, (settings.warmUpSeconds + secondsBefore) * 1_000, secondsAfter);
  // Waits for both even if one fails: the flush must not happen during the next row.
  await Promise.allSettled([running, flushing]);
  const { responses, failures, timeline = [] } = await running;
  const { flushedAt, seconds } = await flushing;
  const recoveredAt = flushedAt + seconds * 1_000;
  const p99 = (isCounted: (at: number) => boolean) => percentile(latencies(timeline, isCounted), 0.99);
  bench.report(
    {
      name: `cold start under ${perSecond.toLocaleString('en')}/s over ${tokens.size.toLocaleString('en')} tokens: not active`,
      value: failures,
      unit: `of ${responses.toLocaleString('en')} responses`,
      goals: [atMost(0)],
    },
    { name: 'cold start: from the flush to 99 % hits', value: seconds, unit: 's', goals: [atMost(10)] },
    {
      name: 'cold start: p99 until then',
      value: p99((at) => at >= flushedAt && at <= recoveredAt),
      unit: 'ms',
      baseline: { name: 'before the flush', value: p99((at) => at < flushedAt) },
      goals: [atMost(50)],
    },
  );
}

const latencies = (timeline: readonly TimedResponse[], isCounted: (at: number) => boolean): number[] =>
  timeline.filter(({ at }) => isCounted(at)).map(({ latencyMs }) => latencyMs);

/**
 * Flushes Redis after `afterMs` and waits until the cache has recovered. Returns when it was flushed (Unix time in ms) and the
 * seconds until the recovery; Infinity: more than `maxSeconds`.
 */
async function flushAndWait({ cache, system: { redis } }: Bench, afterMs: number, maxSeconds: number) {
  await sleep(afterMs);
  const enough = (await countCachedTokens(redis)) * RECOVERED_SHARE;
  const flushedAt = performance.timeOrigin + performance.now();
  await cache.flush();
  const elapsed = () => (performance.timeOrigin + performance.now() - flushedAt) / 1_000;
  while (elapsed() < maxSeconds) {
    await sleep(POLL_MS);
    if ((await countCachedTokens(redis)) >= enough) return { flushedAt, seconds: elapsed() };
  }
  return { flushedAt, seconds: Number.POSITIVE_INFINITY };
}
