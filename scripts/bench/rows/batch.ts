import type { Bench } from '../bench.ts';
import { atLeast } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { measureHits, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { fastPortServer } from '../system/introspection-servers.ts';

const SIZE = 32;

/** Tokens per second by BatchIntrospect, compared with one token per call. */
export async function batch(bench: Bench): Promise<void> {
  const { system } = bench;
  const unary = fastPortServer(system);
  const batched = fastPortServer(system, { kind: 'batch', tokens: system.tokens.file, size: SIZE }, 'batch');
  const { single, many } = await interleave(bench, {
    single: () => measureHits(bench, unary),
    many: () => measureHits(bench, batched),
  });
  bench.report({
    name: `BatchIntrospect of ${SIZE}, fast port, ${nameOf(TEN_CONNECTIONS)}`,
    value: many.perSecond * SIZE,
    unit: 'tokens/s',
    cpuMicros: many.cpuMicros / SIZE,
    baseline: { name: 'unary', value: single.perSecond, cpuMicros: single.cpuMicros },
    goals: [atLeast(3, 'ratio')],
  });
}
