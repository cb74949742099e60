import { expect, test } from 'vitest';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { TARGET_ADMIN } from '../support/world.ts';

/** States are fresh for 50 to 70 s. */
const PAST_FRESHNESS_S = 71;
const clock = new ManualClock();
const bed = testBed({ clock });

async function lastUsedAt(): Promise<string | null> {
  const { body } = await bed.world.as(TARGET_ADMIN, 'GET', '/oauth/installs', undefined, 'globex');
  return body.installs[0].last_used_at;
}

test('the list of installs shows when a token was last introspected, and is updated while it is in use', async () => {
  const pair = await bed.world.install(await bed.world.registerApp());
  expect(await lastUsedAt()).toBeNull();
  for (let use = 0; use < 3; use++) {
    await bed.world.introspect(pair.access_token);
    const now = new Date(clock.now()).toISOString();
    await expect.poll(lastUsedAt, { timeout: 20_000 }).toBe(now);
    clock.advance(PAST_FRESHNESS_S);
  }
});
