import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { interleave } from '../measure/interleave.ts';
import { type LoadSample, measureLoad, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { laneOf } from '../system/own-servers.ts';

const SIZE = 32;

/** Tokens in a second by BatchIntrospect, beside one in each call. */
export async function batch(bench: Bench): Promise<Figure[]> {
  const { system } = bench;
  const unary = laneOf(system);
  const batched = laneOf(system, { kind: 'batch', tokens: system.tokens.file, size: SIZE }, 'batch');
  const contenders = Object.entries({ unary, batched }).map(([name, served]) => ({
    name,
    run: async () => {
      await system.keepCached();
      return measureLoad(bench, served, TEN_CONNECTIONS);
    },
  }));
  const measured = await interleave(bench, contenders);
  const single = measured.get('unary') as LoadSample;
  const many = measured.get('batched') as LoadSample;
  return [
    {
      name: `BatchIntrospect of ${SIZE}, lane, ${nameOf(TEN_CONNECTIONS)}`,
      value: many.perSecond * SIZE,
      unit: 'tokens/s',
      cpuMicros: many.cpuMicros / SIZE,
      baseline: { name: 'unary', value: single.perSecond, cpuMicros: single.cpuMicros },
      goal: '≥ 3',
    },
  ];
}
