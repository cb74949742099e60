/** A disconnect while Redis does not respond: the page shows it as pending until it is effective everywhere. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RedisInstance, startRedis } from '../../scripts/dependencies/redis.ts';
import { STACK_DIRECTORY } from '../../scripts/stack/stack-file.ts';
import { type Stack, startStack } from '../../scripts/stack/start-stack.ts';
import { Api } from './support/api.ts';
import { browserBed } from './support/browser.ts';
import { expectAccessibleInEveryVariant } from './support/test-views.ts';

const browser = browserBed();
const REDIRECT_URI = 'https://app.example/callback';
let redis: RedisInstance;
let stack: Stack;

beforeAll(async () => {
  redis = await startRedis();
  // The stack uses this Redis, which the test pauses.
  const before = process.env.REDIS_URL;
  process.env.REDIS_URL = redis.url;
  const logDirectory = join(STACK_DIRECTORY, 'e2e-propagation-logs');
  stack = await startStack({ replicas: 1, logDirectory, onProgress: () => undefined });
  if (before === undefined) delete process.env.REDIS_URL;
  else process.env.REDIS_URL = before;
});
afterAll(async () => {
  redis?.kill('SIGCONT');
  await stack?.stop();
  await redis?.stop();
});

test('shows a disconnect as pending until it is effective everywhere', async () => {
  const api = new Api(stack.info);
  const app = await api.register({ name: 'Lingering', redirect_uris: [REDIRECT_URI] });
  const token = await api.install(app, REDIRECT_URI);
  expect(await api.v3(token)).toBe(200);
  const visitor = await browser.visitor();
  const { page } = visitor;
  await visitor.visit(`${stack.info.auth_server.http}/installs`, 'Tara Target');
  await page.getByRole('link', { name: 'Lingering' }).click();

  redis.kill('SIGSTOP');
  await visitor.button('Disconnect').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await page.getByText('Disconnected, but not in effect everywhere yet').waitFor();
  await page.getByText(/[1-9][0-9]* attempts? so far/).waitFor();
  await page.getByRole('definition').filter({ hasText: 'Disconnecting' }).waitFor();
  expect(await page.getByText('Disconnected everywhere').count()).toBe(0);
  await expectAccessibleInEveryVariant(visitor, 'disconnect-pending');

  // Another session of the user shows the same status.
  const otherSession = await browser.visitor();
  await otherSession.visit(`${stack.info.auth_server.http}/installs`, 'Tara Target');
  await otherSession.page.getByText('Disconnecting').waitFor();

  redis.kill('SIGCONT');
  await page.getByText('Disconnected everywhere').waitFor({ timeout: 45_000 });
  expect(await api.v3(token)).toBe(401);
  await expect.poll(() => otherSession.page.getByText('Disconnecting').count(), { timeout: 20_000 }).toBe(0);
}, 240_000);
