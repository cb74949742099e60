/** SSRF: a webhook is sent to an address of the public internet, or not at all. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HttpSender, type HttpSenderOptions } from '../../services/auth-server/jobs/webhooks/http-sender.ts';
import { expectInvalidFields } from '../support/expect-errors.ts';
import { Hooks } from '../support/hooks.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER } from '../support/world.ts';

/** A server on all addresses of this machine, of both families. Only with `allowLoopback` may there be connections to it. */
const trap = { port: 0, connections: 0 };
const sockets = new Set<Socket>();
const server = createServer((socket) => {
  trap.connections++;
  sockets.add(socket);
  socket.end('HTTP/1.1 204 No Content\r\n\r\n');
});

/** The addresses that DNS returns for each name. */
const addresses = new Map<string, string[]>();
const lookups: string[] = [];
const resolve = async (name: string) => {
  lookups.push(name);
  return addresses.get(name) ?? [];
};

const clock = new ManualClock();
const bed = testBed({ clock, webhookAllowLoopback: false, resolveReceiver: resolve });
const hooks = new Hooks(bed);

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  trap.port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** Addresses that are not on the public internet, in several notations. */
const HOSTS: readonly [string, string][] = [
  ['loopback', '127.0.0.1'],
  ['loopback, short', '127.1'],
  ['loopback, decimal', '2130706433'],
  ['loopback, hexadecimal', '0x7f000001'],
  ['loopback, octal', '0177.0.0.1'],
  ['loopback, mixed', '0x7f.1'],
  ['loopback with a trailing dot', '127.0.0.1.'],
  ['loopback, another address', '127.8.8.8'],
  ['loopback in full-width digits', '１２７.０.０.１'],
  ['this host', '0.0.0.0'],
  ['this host, short', '0'],
  ['private', '10.0.0.1'],
  ['private', '172.16.0.1'],
  ['private', '192.168.1.1'],
  ['private, decimal', '3232235777'],
  ['shared', '100.64.0.1'],
  ['link-local', '169.254.1.1'],
  ['metadata', '169.254.169.254'],
  ['metadata, decimal', '2852039166'],
  ['broadcast', '255.255.255.255'],
  ['multicast', '224.0.0.1'],
  ['IPv6 loopback', '[::1]'],
  ['IPv6 loopback, long', '[0:0:0:0:0:0:0:1]'],
  ['IPv6 unspecified', '[::]'],
  ['IPv4-mapped loopback', '[::ffff:127.0.0.1]'],
  ['IPv4-mapped loopback, hexadecimal', '[::ffff:7f00:1]'],
  ['IPv4-mapped metadata', '[::ffff:169.254.169.254]'],
  ['IPv4-compatible', '[::127.0.0.1]'],
  ['NAT64', '[64:ff9b::7f00:1]'],
  ['6to4', '[2002:7f00:1::]'],
  ['Teredo', '[2001:0:7f00:1::]'],
  ['unique local', '[fd00::1]'],
  ['metadata of a cloud', '[fd00:ec2::254]'],
  ['IPv6 link-local', '[fe80::1]'],
];
const LOCAL_NAMES = ['localhost', 'LOCALHOST', 'localhost.', 'x.localhost', 'printer.local'];
const NAMES = [...LOCAL_NAMES, 'metadata.google.internal', 'intranet'];

describe('when an app is registered or changed', () => {
  const expectRejected = async (url: string) => {
    const fields = { declared_scopes: ['webhooks:manage'], webhook_url: url };
    const body = { name: 'x', redirect_uris: ['https://a.example/'], allowed_actor_modes: ['app'], ...fields };
    expectInvalidFields(await bed.world.asAdmin(OWNER, 'POST', '/oauth/apps', body), 'webhook_url');
  };

  const names = NAMES.map((name) => ['a private name', name] as const);
  test.each([...HOSTS, ...names])('%s: %s is rejected', async (_what, host) => {
    await expectRejected(`https://${host}/`);
    await expectRejected(`https://${host}:8443/hooks`);
  });

  test('rejects a change of webhook_url to a host that is not public', async () => {
    const app = await hooks.registerApp('https://app.example/hooks');
    for (const url of ['https://127.0.0.1/', 'http://localhost:4000/', 'https://[::ffff:10.0.0.1]/']) {
      expectInvalidFields(await bed.world.changeApp(app, { webhook_url: url }), 'webhook_url');
    }
  });
});

describe('when connecting', () => {
  /** Calls the sender directly, as if the address had been registered. */
  async function send(url: string, options: Partial<HttpSenderOptions> = {}) {
    const sender = new HttpSender({ allowLoopback: false, concurrency: 256, resolve, ...options });
    try {
      return await sender.send({ url, headers: {}, body: '{}' });
    } finally {
      await sender.close();
    }
  }

  test.each(HOSTS)('%s: %s is not connected to', async (_what, host) => {
    for (const scheme of ['http', 'https']) {
      const response = await send(`${scheme}://${host}:${trap.port}/`);
      expect(response.error).toMatch(/is not an address of the public internet$/);
    }
    expect(trap.connections).toBe(0);
  });

  test.each(
    HOSTS.filter(([, host]) => /^(\d+\.){3}\d+$|^\[/.test(host)),
  )('%s: a name that resolves to %s is not connected to', async (_what, host) => {
    addresses.set('evil.example', [host.replace(/[[\]]/g, '')]);
    for (const scheme of ['http', 'https']) {
      const response = await send(`${scheme}://evil.example:${trap.port}/`);
      expect(response.error).toBe('evil.example is not an address of the public internet');
    }
    expect(trap.connections).toBe(0);
  });

  test('a name with allowed and forbidden addresses: does not connect to the forbidden ones', async () => {
    // The allowed address is not one of this machine, so no attempt to connect to it reaches the server.
    addresses.set('mixed.example', ['127.0.0.1', '::1', '1.1.1.1']);
    await send(`http://mixed.example:${trap.port}/`, { attemptTimeoutMs: 500 });
    expect(trap.connections).toBe(0);
  });

  test('localhost is not connected to, whether or not DNS resolves it', async () => {
    const fromDns = { resolve: undefined, attemptTimeoutMs: 5_000 };
    const response = await send(`http://localhost:${trap.port}/`, fromDns);
    expect(response).toMatchObject({ httpStatus: null, error: expect.any(String) });
    expect(trap.connections).toBe(0);
  });

  test('in development loopback is allowed, other private addresses are not', async () => {
    addresses.set('dev.example', ['127.0.0.1']);
    for (const host of ['127.0.0.1', '[::1]', 'dev.example']) {
      expect(await send(`http://${host}:${trap.port}/`, { allowLoopback: true })).toMatchObject({ httpStatus: 204 });
    }
    for (const host of ['10.0.0.1', '169.254.169.254', '0.0.0.0', '[::ffff:10.0.0.1]', '[fe80::1]']) {
      const response = await send(`http://${host}:${trap.port}/`, { allowLoopback: true });
      expect(response.error).toMatch(/is not an address of the public internet$/);
    }
    trap.connections = 0;
  });
});

test('DNS rebinding: a name is resolved and checked again for each attempt', async () => {
  addresses.set('rebinding.example', ['1.1.1.1']);
  const app = await hooks.registerApp(`https://rebinding.example:${trap.port}/`);
  await bed.world.install(app);
  addresses.set('rebinding.example', ['127.0.0.1']);
  await hooks.publish();
  const error = 'rebinding.example is not an address of the public internet';
  await hooks.until(app, ([newest]) => newest?.attempts.length === 1);
  addresses.set('rebinding.example', ['169.254.169.254']);
  clock.advance(5 * 60);
  const [delivery] = await hooks.until(app, ([newest]) => newest?.attempts.length === 2);
  expect(delivery.attempts).toMatchObject([{ error }, { error }]);
  expect(lookups.filter((name) => name === 'rebinding.example')).toHaveLength(2);
  expect(trap.connections).toBe(0);
});

test('an address that was registered in development is not connected to in production', async () => {
  const app = await hooks.registerApp('https://app.example/');
  await bed.world.install(app);
  const url = `http://127.0.0.1:${trap.port}/`;
  await bed.tables.rows('UPDATE apps SET webhook_url = $1 WHERE client_id = $2', [url, app.clientId]);
  await hooks.publish();
  const [{ attempts }] = await hooks.until(app, ([newest]) => newest?.attempts.length === 1);
  expect(attempts[0].error).toBe('127.0.0.1 is not an address of the public internet');
  expect(trap.connections).toBe(0);
  expectStatus(200, await bed.world.changeApp(app, { name: 'Still changeable' }));
});
