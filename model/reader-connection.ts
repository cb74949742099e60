import { withStamp } from './check-entry.ts';
import { IDLE, NEW_CONNECTION } from './initial-world.ts';
import { learn, reconnectsTo } from './redis.ts';
import type { Variant } from './variant.ts';
import { type Reader, type ReaderStep, type Step, type World, withReader } from './world.ts';

const LOOKING_UP: readonly ReaderStep[] = ['Postgres next', 'stamps next', 'Postgres again', 'fill next'];

/**
 * Reconnects a reader whose commands Redis rejects or whose connection was lost. An Introspect that is not in a lookup ends
 * without a response, and does not count as begun.
 */
export function reconnect(world: World, variant: Variant, index: number, server = world.primary): World {
  const { step, cached } = world.readers[index] as Reader;
  const learned = learn(world, variant, server);
  const isLookingUp = LOOKING_UP.includes(step);
  const introspects = world.introspects + (isLookingUp || step === 'idle' ? 0 : 1);
  return withReader({ ...learned.world, introspects }, index, {
    ...(isLookingUp ? {} : IDLE),
    ...NEW_CONNECTION,
    ...(variant.flaw === 'cached stamps are kept after their connection has closed' ? { cached } : {}),
    connection: learned.connection,
  });
}

export function* stepsOfConnection(world: World, variant: Variant, index: number): Generator<Step> {
  const { connection, latePushes, cached } = world.readers[index] as Reader;
  const who = `reader ${index}`;
  for (const server of reconnectsTo(world, connection))
    yield [`${who} reconnects`, reconnect(world, variant, index, server)];
  for (const stamp of latePushes) {
    const rest = latePushes.filter((each) => each !== stamp);
    yield [
      `a push reaches ${who}`,
      withReader(world, index, { latePushes: rest, cached: withStamp(cached, stamp, 0) }),
    ];
  }
}
