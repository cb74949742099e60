import type { Bench } from '../bench.ts';
import { interleave } from '../measure/interleave.ts';
import { startGatewayCalls } from '../workers/workers.ts';

/** Concurrent API requests of a gateway. */
const CONCURRENCY = 100;
const ALONE = { maxBatch: 1, maxWaitMs: 1 };
const TOGETHER = { maxBatch: 32, maxWaitMs: 1 };

/** The cost of an introspection for a gateway whose client coalesces concurrent ones, compared with one call for each. */
export async function coalescing(bench: Bench): Promise<void> {
  const { system, cache, settings, cores } = bench;
  // A replica that is not on the gateway's core.
  const [, address = ''] = system.stack.info.introspection.fast_port.split(',');
  await using started = new AsyncDisposableStack();
  const gateway = started.adopt(startGatewayCalls(), (it) => it.stop());
  await cores.toServerCore([gateway.pid]);
  const shared = {
    addresses: [address],
    serviceToken: system.secrets.tokens.gateway,
    tokens: system.tokens.file,
    concurrency: CONCURRENCY,
    seconds: settings.seconds,
  };
  const run = async (coalescing: typeof ALONE) => {
    await cache.ensureCached();
    return { ...(await gateway.run({ ...shared, coalescing })) };
  };
  const { alone, together } = await interleave(bench, { alone: () => run(ALONE), together: () => run(TOGETHER) });
  bench.report(
    {
      name: `gateway's client, ${CONCURRENCY} at once, coalesced`,
      value: together.perSecond,
      unit: 'tokens/s',
      cpuMicros: together.cpuMicros,
      baseline: { name: 'unary', value: alone.perSecond, cpuMicros: alone.cpuMicros },
    },
    {
      name: `gateway's client, ${CONCURRENCY} at once, per second of its CPU`,
      value: 1e6 / together.cpuMicros,
      unit: 'tokens',
      baseline: { name: 'unary', value: 1e6 / alone.cpuMicros },
    },
  );
}
