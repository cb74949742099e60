import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { interleave, type Sample } from '../measure/interleave.ts';
import { type LoadSample, measureLoad, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import type { BenchSystem } from '../system/bench-system.ts';
import { fillCache } from '../system/fill-cache.ts';
import { LiveTokens } from '../system/live-tokens.ts';
import { type MissSample, measureMisses } from '../system/misses.ts';
import { laneOf } from '../system/own-servers.ts';
import { Tenancy } from '../system/tenancy.ts';

const APPS = 1_000;
const ID_BASE = 300_000_000;
/** Reads are spread over what was filled within this time, so that none of it needs asking again during the rounds. */
const FRESH_MS = 25_000;

/** The same reads and the same misses with few live tokens and with many, and what a cached one takes up in Redis. */
export async function scale(bench: Bench): Promise<Figure[]> {
  const { system, settings, progress, folder } = bench;
  await system.keepCached();
  const fewHits = await hits(bench, system.tokens.file, 'few');
  const fewMisses = await misses(bench, system.tokens, 'few');

  const tenancy = new Tenancy(APPS, Math.ceil(settings.scaleTo / APPS), ID_BASE);
  progress(`  loading ${count(tenancy.installs)} live tokens into Postgres …`);
  const many = await LiveTokens.load(system.database, tenancy, system.format, join(folder, 'many.tokens'));
  progress('  filling Redis …');
  const before = await usedMemory(system);
  const firstFresh = await fillCache(system.redis, many, FRESH_MS);
  const bytes = ((await usedMemory(system)) - before) / many.size;
  const part = join(folder, 'fresh.tokens');
  many.writePart(firstFresh, many.size, part);
  const manyHits = await hits(bench, part, 'many');
  const manyMisses = await misses(bench, many, 'many');

  const at = (size: number) => `with ${count(size)} live tokens`;
  return [
    {
      name: `lane, ${nameOf(TEN_CONNECTIONS)}, ${at(many.size)}`,
      value: manyHits.perSecond,
      unit: 'requests/s',
      cpuMicros: manyHits.cpuMicros,
      baseline: { name: at(system.tokens.size), value: fewHits.perSecond, cpuMicros: fewHits.cpuMicros },
      goal: '0.9 to 1.1',
    },
    {
      name: `misses, ${at(many.size)}`,
      value: manyMisses.perSecond,
      unit: 'tokens/s',
      cpuMicros: manyMisses.cpuMicros,
      baseline: { name: at(system.tokens.size), value: fewMisses.perSecond, cpuMicros: fewMisses.cpuMicros },
      goal: 'about 1',
    },
    { name: 'Redis for a cached token', value: bytes, unit: 'bytes', goal: '≤ 300' },
  ];
}

function hits(bench: Bench, file: string, name: string): Promise<LoadSample> {
  const served = laneOf(bench.system, { kind: 'unary', tokens: file });
  return only(bench, `hits, ${name}`, () => measureLoad(bench, served, TEN_CONNECTIONS));
}

function misses(bench: Bench, tokens: LiveTokens, name: string): Promise<MissSample> {
  return only(bench, `misses, ${name}`, () => measureMisses(bench.system, tokens));
}

/** These cannot take turns: what is compared is the state of the stores. */
async function only<S extends Sample>(bench: Bench, name: string, run: () => Promise<S>): Promise<S> {
  const measured = await interleave(bench, [{ name, run }]);
  return measured.get(name) as S;
}

async function usedMemory({ redis }: BenchSystem): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.client.info('memory'))?.[1]);
}

const count = (value: number): string => value.toLocaleString('en');
