import { stepsOfChange } from './change.ts';
import { stepsOfEvents } from './events.ts';
import { stepsOfMiss } from './miss.ts';
import { stepsOfRead } from './read.ts';
import { stepsOfConnection } from './reader-connection.ts';
import { stepsOfReplacedPrimary } from './replaced-primary.ts';
import type { Variant } from './variant.ts';
import type { Step, World } from './world.ts';

/** Every step that is possible in this world. */
export function* stepsOf(world: World, variant: Variant): Generator<Step> {
  for (const index of world.changes.keys()) yield* stepsOfChange(world, variant, index);
  for (const index of world.readers.keys()) {
    yield* stepsOfConnection(world, variant, index);
    yield* stepsOfRead(world, variant, index);
    yield* stepsOfMiss(world, variant, index);
  }
  yield* stepsOfReplacedPrimary(world, variant);
  yield* stepsOfEvents(world, variant);
}
