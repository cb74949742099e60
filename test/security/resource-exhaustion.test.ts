import { connect, type Socket } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { sumOf } from '../support/scrape.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let app: RegisteredApp;
/** A request whose body is never completed, sent before the first test: its response and the time until the connection closed. */
let slowBody: Promise<{ response: string; seconds: number }>;

beforeAll(async () => {
  app = await bed.world.registerApp();
  const began = performance.now();
  const { response } = open(`${HEAD}content-length: 20\n\ng`);
  slowBody = response.then((text) => ({ response: text, seconds: (performance.now() - began) / 1_000 }));
});

/** A raw connection on which `head` is sent, with CRLF for LF. `response`: all data received until it is closed. */
function open(head: string): { socket: Socket; response: Promise<string> } {
  const { hostname, port } = new URL(bed.system.issuer);
  const socket = connect(Number(port), hostname);
  socket.write(head.replaceAll('\n', '\r\n'));
  const response = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
  return { socket, response };
}

const unknownToken = () => new CredentialFormat([bed.system.credentialKey]).mint('access_token').reveal();
const HEAD = 'POST /oauth/token HTTP/1.1\nhost: x\ncontent-type: application/x-www-form-urlencoded\n';

test('malformed tokens cause no look-up in Redis or Postgres', async () => {
  // Every look-up begins with a read of the cache.
  const reads = () => sumOf(bed.system.metrics.introspection[0] as string, 'introspection_cache_reads_total');
  const before = await reads();
  for (let index = 0; index < 200; index++) {
    const token = `foot_${String(index).padStart(38, 'x')}`;
    expect(await bed.world.introspect(token)).toMatchObject({ inactiveReason: InactiveReason.MALFORMED });
  }
  expect(await reads()).toBe(before);
  await bed.world.introspect(unknownToken());
  expect(await reads()).toBe(before + 1);
});

test('many well-formed unknown tokens at once get their responses, and so do known ones', async () => {
  const { access_token: live } = await bed.world.install(app);
  const unknown = Array.from({ length: 300 }, () => bed.world.introspect(unknownToken()));
  const known = Array.from({ length: 20 }, () => bed.world.introspect(live));
  for (const response of await Promise.all(unknown)) expect(response.inactiveReason).toBe(InactiveReason.UNKNOWN);
  for (const response of await Promise.all(known)) expect(response.active).toBe(true);
});

test('an oversize token is malformed, and an oversize request is rejected', async () => {
  expect((await bed.world.introspect(`foot_${'x'.repeat(4_000)}`)).inactiveReason).toBe(InactiveReason.MALFORMED);
  for (const length of [100_000, 10_000_000]) {
    await expect(bed.world.replica().introspect({ token: 'x'.repeat(length) })).rejects.toThrow();
  }
  expect((await bed.world.introspect('x')).inactiveReason).toBe(InactiveReason.MALFORMED);
  const large = { token: 'x'.repeat(60_000) };
  expect((await bed.world.client(app, '/oauth/introspect', large)).body).toEqual({ active: false });
  expectStatus(413, await bed.world.client(app, '/oauth/introspect', { token: 'x'.repeat(70_000) }));
});

test('rejects an oversize body by its content-length, before the body is sent', async () => {
  const { socket, response } = open(`${HEAD}content-length: 100000000000\n\n`);
  socket.write('grant_type=');
  expect(await response).toMatch(/^HTTP\/1\.1 413 /);
});

test('rejects an oversize chunked body at the limit', async () => {
  const { socket, response } = open(`${HEAD}transfer-encoding: chunked\n\n`);
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  for (let sent = 0; sent < 8; sent++) socket.write(chunk);
  expect(await response).toMatch(/^HTTP\/1\.1 413 /);
});

test('rejects oversize headers with 431', async () => {
  const { response } = open(`GET /livez HTTP/1.1\nhost: x\nx-filler: ${'x'.repeat(20_000)}\n\n`);
  expect(await response).toMatch(/^HTTP\/1\.1 431 /);
});

test('rejects two lengths, or a length and chunks (request smuggling)', async () => {
  for (const lengths of ['content-length: 3\ncontent-length: 4\n', 'content-length: 3\ntransfer-encoding: chunked\n']) {
    const { response } = open(`${HEAD}${lengths}\nabc`);
    expect(await response).toMatch(/^HTTP\/1\.1 400 /);
  }
});

test('other requests are served while many bodies are incomplete', async () => {
  const slow = Array.from({ length: 100 }, () => open(`${HEAD}content-length: 20\n\ng`));
  expectStatus(200, await bed.world.http('GET', '/readyz'));
  expectStatus(200, await bed.world.exchange(app, await bed.world.code(app)));
  for (const { socket } of slow) socket.destroy();
  await Promise.all(slow.map(({ response }) => response));
});

test('very many parameters and a very long field name get the usual error responses', async () => {
  const many = Array.from({ length: 9_000 }, (_, at) => `p${at}=`)
    .join('&')
    .slice(0, 60_000);
  const response = await bed.world.http('POST', '/oauth/token', { body: new URLSearchParams(many) });
  expect(response.body.error).toBe('invalid_client');
  const name = 'n'.repeat(60_000);
  const path = '/oauth/apps';
  expect((await bed.world.asAdmin(OWNER, 'POST', path, { [name]: 1 })).status).toBe(422);
});

test('rejects very long lists with a bounded response', async () => {
  const uris = Array.from({ length: 2_500 }, (_, at) => `http://a/${at}`);
  const response = await bed.world.asAdmin(OWNER, 'POST', '/oauth/apps', { redirect_uris: uris });
  expect(response.status).toBe(422);
  expect(JSON.stringify(response.body).length).toBeLessThan(64 * 1024);
});

test('accepts a query of 14,000 bytes and ignores its unknown parameter', async () => {
  const response = await bed.world.asAdmin(OWNER, 'GET', `/oauth/apps?unknown=${'x'.repeat(14_000)}`);
  expectStatus(200, response);
});

test('closes the connection if a body is not complete after ten seconds', async () => {
  const { response, seconds } = await slowBody;
  expect(response).toMatch(/^HTTP\/1\.1 408 /);
  expect(seconds).toBeGreaterThan(9);
  expect(seconds).toBeLessThan(15);
});
