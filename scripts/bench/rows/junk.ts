import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { interleave } from '../measure/interleave.ts';
import { type LoadSample, measureLoad, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { writeJunkTokens } from '../system/junk-tokens.ts';
import { countLookUps } from '../system/look-ups.ts';
import { laneOf } from '../system/own-servers.ts';

/** As many different ones as there are live tokens. */
const JUNK_TOKENS = 10_000;

/** What a flood of malformed tokens costs, beside live ones, and whether Redis or Postgres notices any of it. */
export async function junk(bench: Bench): Promise<Figure[]> {
  const { system, folder } = bench;
  const file = join(folder, 'junk.tokens');
  writeJunkTokens(system.format, JUNK_TOKENS, file);
  const live = laneOf(system);
  const malformed = laneOf(system, { kind: 'unary', tokens: file }, 'malformed');
  const reads = { redis: 0, postgres: 0 };
  const runJunk = async () => {
    const before = await countLookUps(system);
    const sample = await measureLoad(bench, malformed, TEN_CONNECTIONS);
    const after = await countLookUps(system);
    reads.redis += after.redis - before.redis;
    reads.postgres += after.postgres - before.postgres;
    return sample;
  };
  const runLive = async () => {
    await system.keepCached();
    return measureLoad(bench, live, TEN_CONNECTIONS);
  };
  const contenders = [
    { name: 'live', run: runLive },
    { name: 'junk', run: runJunk },
  ];
  const measured = await interleave(bench, contenders);
  const ours = measured.get('junk') as LoadSample;
  const usual = measured.get('live') as LoadSample;
  return [
    {
      name: `junk tokens, lane, ${nameOf(TEN_CONNECTIONS)}`,
      value: ours.perSecond,
      unit: 'requests/s',
      cpuMicros: ours.cpuMicros,
      baseline: { name: 'live tokens', value: usual.perSecond, cpuMicros: usual.cpuMicros },
      goal: '≥ 1',
    },
    { name: 'junk tokens, commands to Redis', value: reads.redis, unit: 'commands', goal: '0' },
    { name: 'junk tokens, scans of tokens in Postgres', value: reads.postgres, unit: 'scans', goal: '0' },
  ];
}
