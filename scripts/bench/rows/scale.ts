import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { atLeast, atMost } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { type LoadSample, measureLoad, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import type { BenchSystem } from '../system/bench-system.ts';
import { fastPortServer } from '../system/introspection-servers.ts';
import { LiveTokens } from '../system/live-tokens.ts';
import { ID_BASES, Tenancy } from '../system/tenancy.ts';

const APPS = 1_000;
/** Tokens per job. Their age is measured from the start of the job. */
const PART = 10_000;
/** Reads use tokens that were cached within this time, so that none is renewed during the rounds. */
const FRESH_MS = 25_000;

/** Hits with few live tokens and with many, and the size of a cached token in Redis. */
export async function scale(bench: Bench): Promise<void> {
  const { system, cache, settings, progress, folder } = bench;
  await cache.ensureCached();
  const few = await hits(bench, system.tokens.file, 'few');

  const tenancy = new Tenancy(APPS, Math.ceil(settings.scaleTo / APPS), ID_BASES.scale);
  progress(`  loading ${count(tenancy.installs)} live tokens into Postgres …`);
  const tokens = await LiveTokens.load(system.database, tenancy, system.format, join(folder, 'many.tokens'));
  progress('  caching them …');
  await cache.flush();
  await cache.ensureCached();
  const before = await usedMemory(system);
  const fresh = await cacheAll(bench, tokens);
  const bytes = ((await usedMemory(system)) - before) / tokens.size;
  const many = await hits(bench, fresh, 'many');

  const at = (size: number) => `with ${count(size)} live tokens`;
  bench.report(
    {
      name: `fast port, ${nameOf(TEN_CONNECTIONS)}, ${at(tokens.size)}`,
      value: many.perSecond,
      unit: 'requests/s',
      cpuMicros: many.cpuMicros,
      baseline: { name: at(system.tokens.size), value: few.perSecond, cpuMicros: few.cpuMicros },
      goals: [atLeast(0.9, 'ratio')],
    },
    { name: 'Redis for a cached token', value: bytes, unit: 'bytes', goals: [atMost(400)] },
  );
}

/** Caches all tokens, and returns a file of those that were cached last. */
async function cacheAll({ cache, folder, interrupted }: Bench, tokens: LiveTokens): Promise<string> {
  const file = join(folder, 'part.tokens');
  const parts: { readonly first: number; readonly at: number }[] = [];
  for (let first = 0; first < tokens.size; first += PART) {
    interrupted.throwIfAborted();
    parts.push({ first, at: performance.now() });
    tokens.writePart(first, Math.min(first + PART, tokens.size), file);
    await cache.introspectEach(file);
  }
  const now = performance.now();
  const firstFresh = parts.find(({ at }) => now - at <= FRESH_MS) ?? parts.at(-1);
  tokens.writePart(firstFresh?.first ?? 0, tokens.size, file);
  return file;
}

/** Few and many tokens are not measured in turn, because the stores have either few or many. */
async function hits(bench: Bench, file: string, name: string): Promise<LoadSample> {
  const server = fastPortServer(bench.system, { kind: 'unary', tokens: file });
  const measured = await interleave(bench, { [name]: () => measureLoad(bench, server, TEN_CONNECTIONS) });
  return measured[name] as LoadSample;
}

async function usedMemory({ redis }: BenchSystem): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}

const count = (value: number): string => value.toLocaleString('en');
