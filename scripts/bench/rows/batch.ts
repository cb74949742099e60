import type { Bench } from '../bench.ts';
import { atLeast } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { type LoadSample, measureLoad, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { fastPortOf } from '../system/own-servers.ts';

const SIZE = 32;

/** Tokens per second by BatchIntrospect, compared with one token per call. */
export async function batch(bench: Bench): Promise<void> {
  const { system, cache } = bench;
  const unary = fastPortOf(system);
  const batched = fastPortOf(system, { kind: 'batch', tokens: system.tokens.file, size: SIZE }, 'batch');
  const contenders = Object.entries({ unary, batched }).map(([name, server]) => ({
    name,
    run: async () => {
      await cache.ensureCached();
      return measureLoad(bench, server, TEN_CONNECTIONS);
    },
  }));
  const measured = await interleave(bench, contenders);
  const single = measured.get('unary') as LoadSample;
  const many = measured.get('batched') as LoadSample;
  bench.report({
    name: `BatchIntrospect of ${SIZE}, fast port, ${nameOf(TEN_CONNECTIONS)}`,
    value: many.perSecond * SIZE,
    unit: 'tokens/s',
    cpuMicros: many.cpuMicros / SIZE,
    baseline: { name: 'unary', value: single.perSecond, cpuMicros: single.cpuMicros },
    goals: [atLeast(3, 'ratio')],
  });
}
