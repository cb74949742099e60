import type { Bench } from '../bench.ts';
import { atMost } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { measureHits, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { CountingReceiver } from '../system/counting-receiver.ts';
import { startExtraReplica } from '../system/extra-replica.ts';

/** OTEL_TRACES_SAMPLER_ARG is 0.01 by default. */
const TRACED_EVERY = 100;

/** The CPU time of a hit if a replica exports the trace of every hundredth request, compared with a replica without an exporter. */
export async function traces(bench: Bench): Promise<void> {
  const collector = await CountingReceiver.start();
  try {
    const { off, on } = await measure(bench, collector.url.replace(/\/$/, ''));
    // Replicas export the rest when they stop.
    if (collector.count === 0) throw new Error('no trace was exported');
    bench.report({
      name: `CPU with 1 % of the requests traced, fast port, ${nameOf(TEN_CONNECTIONS)}`,
      value: on.cpuMicros,
      unit: 'µs/request',
      baseline: { name: 'no traces', value: off.cpuMicros },
      goals: [atMost(1.03, 'ratio')],
    });
  } finally {
    await collector.stop();
  }
}

async function measure(bench: Bench, collector: string) {
  await using off = await startExtraReplica(bench, 'introspection-without-traces', {});
  const exporter = { OTEL_EXPORTER_OTLP_ENDPOINT: collector };
  await using on = await startExtraReplica(bench, 'introspection-with-traces', exporter);
  await bench.cores.toServerCore([off.pid, on.pid]);
  const measureTraced = (tracedEvery: number) =>
    measureHits(bench, { ...on.server, target: { ...on.server.target, tracedEvery } });
  // One round is not measured, because V8 compiles the code meanwhile. All its requests are traced: one in a hundred would take minutes.
  await measureHits(bench, off.server);
  await measureTraced(1);
  return await interleave(bench, {
    off: () => measureHits(bench, off.server),
    on: () => measureTraced(TRACED_EVERY),
  });
}
