import { afterEach, expect, test, vi } from 'vitest';
import { currentServer, currentSession } from '../../../packages/oauth-apps-cli/session.ts';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['a command with a session', currentSession],
  ['a command without a session', currentServer],
])('%s exits with 2 if no server is configured', async (_, current) => {
  vi.stubEnv('XDG_CONFIG_HOME', '/nonexistent');
  vi.stubEnv('OAUTH_APPS_SERVER', '');
  await expect(current({})).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('No server is configured. Set --server or OAUTH_APPS_SERVER'),
  });
});
