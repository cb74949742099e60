import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { atLeast, atMost } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { measureHits, measureLoad, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { fastPortServer } from '../system/introspection-servers.ts';
import { countLookUps } from '../system/look-ups.ts';
import { writeMalformedTokens } from '../system/malformed-tokens.ts';

/** As many as there are live tokens without --quick. */
const MALFORMED_TOKENS = 10_000;

/** The cost of malformed tokens compared with live ones, and the look-ups that they cause in Redis and Postgres. */
export async function malformed(bench: Bench): Promise<void> {
  const { system, folder } = bench;
  const file = join(folder, 'malformed.tokens');
  writeMalformedTokens(system.format, MALFORMED_TOKENS, file);
  const live = fastPortServer(system);
  const server = fastPortServer(system, { kind: 'unary', tokens: file }, 'malformed');
  const reads = { redis: 0, postgres: 0 };
  const runMalformed = async () => {
    const before = await countLookUps(system);
    const sample = await measureLoad(bench, server, TEN_CONNECTIONS);
    const after = await countLookUps(system);
    reads.redis += after.redis - before.redis;
    reads.postgres += after.postgres - before.postgres;
    return sample;
  };
  const { liveLoad, malformedLoad } = await interleave(bench, {
    liveLoad: () => measureHits(bench, live),
    malformedLoad: runMalformed,
  });
  bench.report(
    {
      name: `malformed tokens, fast port, ${nameOf(TEN_CONNECTIONS)}`,
      value: malformedLoad.perSecond,
      unit: 'requests/s',
      cpuMicros: malformedLoad.cpuMicros,
      baseline: { name: 'live tokens', value: liveLoad.perSecond, cpuMicros: liveLoad.cpuMicros },
      goals: [atLeast(1, 'ratio')],
    },
    { name: 'malformed tokens, commands to Redis', value: reads.redis, unit: 'commands', goals: [atMost(0)] },
    { name: 'malformed tokens, scans of tokens in Postgres', value: reads.postgres, unit: 'scans', goals: [atMost(0)] },
  );
}
