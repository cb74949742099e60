/** The size of the scripts of a first visit. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import type { Visitor } from './support/visitor.ts';

const bed = e2eBed();
const MAX_SCRIPT_BYTES = 150_000;

test.each([['/installs'], ['/consent?client_id=x']])('%s loads less than 150 kB of scripts', async (path) => {
  const visitor = await bed.browser.visitor();
  await visitor.page.goto('/sign-in');
  const scripts = await measureScripts(visitor);
  await visitor.signInAs('Tara Target');
  await visitor.page.getByRole('heading', { level: 1 }).waitFor();
  scripts.clear();
  await visitor.page.goto(path);
  await visitor.page.waitForLoadState('networkidle');
  const total = [...scripts.values()].reduce((sum, bytes) => sum + bytes, 0);
  expect(total).toBeGreaterThan(10_000);
  expect(total).toBeLessThan(MAX_SCRIPT_BYTES);
});

/** Disables the cache and records the transferred bytes of each script, by request. */
async function measureScripts({ page }: Visitor): Promise<Map<string, number>> {
  const scripts = new Map<string, number>();
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Network.enable');
  await devTools.send('Network.setCacheDisabled', { cacheDisabled: true });
  const types = new Map<string, string>();
  devTools.on('Network.responseReceived', ({ requestId, type }) => types.set(requestId, type));
  devTools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (types.get(requestId) === 'Script') scripts.set(requestId, encodedDataLength);
  });
  return scripts;
}
