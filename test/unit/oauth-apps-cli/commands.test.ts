import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ErrorDetailSchema, ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { WebhookDeliverySchema } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { logoSender } from '../../../packages/oauth-apps-cli/logos.ts';
import { run } from '../../../packages/oauth-apps-cli/program.ts';

const rpcs = vi.hoisted(() => ({ rotateAppSecret: vi.fn(), listDeliveries: vi.fn() }));
vi.mock('../../../packages/oauth-apps-cli/clients.ts', () => ({
  currentClients: async () => ({ apps: rpcs, webhooks: rpcs }),
}));

let stdout: string;
let stderr: string;

beforeEach(() => {
  stdout = '';
  stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

const ROTATE = ['apps', 'rotate', 'foapp_1', '--overlap'];

test('a number that is out of range is reported with its option', async () => {
  expect(await run([...ROTATE, '604801'])).toBe(2);
  expect(stderr).toMatch(/--overlap <seconds>.*must be a whole number from 0 to 604800/);
});

test('a secret that was not created leaves no file behind, so that the command can be repeated', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'oauth-apps-'));
  try {
    const rotate = [...ROTATE, '0', '--secret-file', join(folder, 'secret')];
    rpcs.rotateAppSecret.mockRejectedValueOnce(new ConnectError('There is no app', Code.NotFound));
    expect(await run(rotate)).toBe(4);
    expect(await readdir(folder)).toEqual([]);
    rpcs.rotateAppSecret.mockResolvedValueOnce({ clientSecret: 'fosec_1' });
    expect(await run(rotate)).toBe(0);
    expect(await readdir(folder)).toEqual(['secret']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.each([
  [
    'an outage that the server reports',
    [{ desc: ErrorDetailSchema, value: create(ErrorDetailSchema, { reason: ErrorReason.PROPAGATION_PENDING }) }],
    'Try again.',
  ],
  ['a server that cannot be reached', [], 'Check --server and try again.'],
])('%s has its own advice', async (_, details, advice) => {
  rpcs.rotateAppSecret.mockRejectedValueOnce(new ConnectError('unavailable', Code.Unavailable, undefined, details));
  expect(await run([...ROTATE, '0'])).toBe(5);
  expect(stderr).toBe(`error: unavailable\n${advice}\n`);
});

test('a delivery that is created while logs tail --follow starts is shown once', async () => {
  const delivery = (id: string) => create(WebhookDeliverySchema, { id, eventType: 'post_created' });
  const [first, second] = [delivery('first'), delivery('second')];
  for (const deliveries of [[], [], [first]]) rpcs.listDeliveries.mockResolvedValueOnce({ deliveries });
  rpcs.listDeliveries.mockImplementationOnce(async () => {
    process.emit('SIGINT');
    return { deliveries: [second, first] };
  });
  expect(await run(['logs', 'tail', '--follow', '--json', '--app', 'foapp_1'])).toBe(0);
  const ids = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).id);
  expect(ids).toEqual(['first', 'second']);
});

describe.each([
  [400, 4],
  [403, 3],
  [429, 5],
  [500, 1],
  [502, 5],
  [503, 5],
  [504, 5],
])('after HTTP %i, commands without RPC exit with %i', (status, exitCode) => {
  beforeEach(() => vi.stubGlobal('fetch', async () => new Response('', { status })));

  test('token explain', async () => {
    vi.stubEnv('OAUTH_APPS_CLIENT_SECRET', 'fosec_1');
    vi.stubEnv('OAUTH_APPS_ACCESS_TOKEN', 'foot_1');
    expect(await run(['token', 'explain', '--app', 'foapp_1', '--server', 'https://auth.example'])).toBe(exitCode);
  });

  test('the removal of a logo', async () => {
    const sendLogo = logoSender({ server: 'https://auth.example', token: 'jwt' });
    await expect(sendLogo('foapp_1', null)).rejects.toMatchObject({ exitCode });
  });
});
