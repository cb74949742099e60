import type { Bench } from '../bench.ts';
import { atMost } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { measureHits, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { CountingReceiver } from '../system/counting-receiver.ts';
import { startExtraReplica } from '../system/extra-replica.ts';

/** OTEL_TRACES_SAMPLER_ARG is 0.01 by default. */
const TRACED_EVERY = 100;

/**
 * The CPU time of a hit if every hundredth request is traced, compared with none, at the same replica with an exporter: two
 * processes that run the same code differ by more than traces cost.
 */
export async function traces(bench: Bench): Promise<void> {
  const collector = await CountingReceiver.start();
  try {
    const { untraced, ratio } = await measure(bench, collector.url.replace(/\/$/, ''));
    // The replica has stopped, and so has exported all traces.
    if (collector.count === 0) throw new Error('no trace was exported');
    bench.report({
      name: `CPU with 1 % of the requests traced, fast port, ${nameOf(TEN_CONNECTIONS)}`,
      value: untraced * ratio,
      unit: 'µs/request',
      baseline: { name: 'none traced', value: untraced },
      goals: [atMost(1.03, 'ratio')],
    });
  } finally {
    await collector.stop();
  }
}

async function measure(bench: Bench, collector: string) {
  const exporter = { OTEL_EXPORTER_OTLP_ENDPOINT: collector };
  await using replica = await startExtraReplica(bench, 'introspection-with-traces', exporter);
  await bench.cores.toServerCore([replica.pid]);
  const { server } = replica;
  const measureTraced = (tracedEvery: number) =>
    measureHits(bench, { ...server, target: { ...server.target, tracedEvery } });
  // Two runs are not measured, because V8 compiles the code meanwhile: one without traces, and one in which every request is
  // traced, because with one in a hundred the compilation would take minutes.
  await measureHits(bench, server);
  await measureTraced(1);
  const { compared } = await interleave(bench, {
    compared: async () => {
      const before = await measureHits(bench, server);
      const traced = await measureTraced(TRACED_EVERY);
      const after = await measureHits(bench, server);
      // Traces are measured between two runs without, because the speed of a machine drifts by more than traces cost.
      const untraced = (before.cpuMicros + after.cpuMicros) / 2;
      return { untraced, traced: traced.cpuMicros, ratio: traced.cpuMicros / untraced };
    },
  });
  return compared;
}
