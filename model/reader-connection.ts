import { IDLE, NEW_CONNECTION } from './first-world.ts';
import { withStamp } from './judge.ts';
import { isOutdated, learn } from './redis.ts';
import type { Variant } from './variant.ts';
import { type Reader, type ReaderStep, type Step, type World, withReader } from './world.ts';

const ASKED: readonly ReaderStep[] = ['Postgres next', 'stamps next', 'Postgres again', 'fill next'];

/** A reader that is refused, or has lost its connection: an Introspect that was reading begins again. */
export function connectAnew(world: World, variant: Variant, index: number): World {
  const { step, held } = world.readers[index] as Reader;
  const learnt = learn(world, variant);
  const asked = ASKED.includes(step);
  const introspects = world.introspects + (asked || step === 'idle' ? 0 : 1);
  return withReader({ ...learnt.world, introspects }, index, {
    ...(asked ? {} : IDLE),
    ...NEW_CONNECTION,
    ...(variant.flaw === 'held stamps outlive their connection' ? { held } : {}),
    connection: learnt.connection,
  });
}

export function* stepsOfConnection(world: World, variant: Variant, index: number): Generator<Step> {
  const { connection, latePushes, held } = world.readers[index] as Reader;
  const who = `reader ${index}`;
  if (isOutdated(world, connection)) yield [`${who} connects anew`, connectAnew(world, variant, index)];
  for (const stamp of latePushes) {
    const rest = latePushes.filter((each) => each !== stamp);
    yield [`a push reaches ${who}`, withReader(world, index, { latePushes: rest, held: withStamp(held, stamp, 0) })];
  }
}
