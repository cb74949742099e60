/**
 * The services, configured by environment variables as in production, with mutual TLS and no service token. Only the last
 * test uses service tokens.
 */
import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { rpcClient } from '../../scripts/stack/rpc-client.ts';
import { serviceTokenDigest } from '../../services/common/callers/service-tokens.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { createLog } from '../../services/common/process/log.ts';
import { readConfig as readGatewayConfig } from '../../services/gateway/config.ts';
import { buildGateway } from '../../services/gateway/server.ts';
import { readConfig as readIntrospectionConfig } from '../../services/introspection/config.ts';
import { Introspection } from '../../services/introspection/server.ts';
import { type Issued, TestCa } from '../support/certificates.ts';
import { startAuthServer } from '../support/other-auth-server.ts';
import { testBed } from '../support/test-bed.ts';

const run = promisify(execFile);
const CHECK_INTERVAL_MS = 20;
const bed = testBed();
const ca = new TestCa();
const idOf = (service: string) => `spiffe://example.org/${service}`;
const certificateOf = (service: string) =>
  ca.issue({ subject: `/CN=${service}`, names: `IP:127.0.0.1,DNS:localhost,URI:${idOf(service)}` });
const log = createLog('test', 'silent');
const stops: (() => Promise<void>)[] = [];

/** TLS settings of a service as server and client, with files that a test can replace. */
function tlsOf(service: string) {
  const { certFile, keyFile } = certificateOf(service);
  const server = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CLIENT_CA_FILE: ca.file };
  const upstream = { UPSTREAM_TLS_CA_FILE: ca.file, UPSTREAM_TLS_CERT_FILE: certFile, UPSTREAM_TLS_KEY_FILE: keyFile };
  const callers = ['introspection', 'gateway'].map((kind) => `${kind}=${idOf(kind)}`).join(',');
  return {
    ...server,
    ...upstream,
    CALLER_CERTIFICATES: callers,
    CALLER_TOKENS: '',
    AUTH_SERVER_TLS_NAME: 'localhost',
    INTROSPECTION_TLS_NAME: 'localhost',
    FILE_CHECK_INTERVAL_MS: String(CHECK_INTERVAL_MS),
  };
}

const files = { authServer: tlsOf('auth-server'), introspection: tlsOf('introspection'), gateway: tlsOf('gateway') };
let ports: { http: string; grpc: string; internal: string; metrics: string };
let introspection: { grpc: string; fastPort?: string; authz?: string };
let introspectionMetricsPort: string;
let gateway: string;
let token: string;

beforeAll(async () => {
  const free = await Promise.all(Array.from({ length: 5 }, () => freePort()));
  const [http, grpc, internal, metrics, other] = free.map(String) as [string, string, string, string, string];
  ports = { http, grpc, internal, metrics };
  introspectionMetricsPort = other;
  const listen = { HTTP_PORT: http, GRPC_PORT: grpc, INTERNAL_GRPC_PORT: internal, METRICS_PORT: metrics };
  const authServer = await startAuthServer(bed.system, { ...files.authServer, ...listen });
  stops.push(() => authServer.stop());
  introspection = await startIntrospection({ ...files.introspection, METRICS_PORT: introspectionMetricsPort });
  gateway = await startGateway({ ...files.gateway, INTROSPECTION_ADDRESSES: introspection.grpc });
  ({ access_token: token } = await bed.world.install(await bed.world.registerApp()));
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  ca.remove();
});

async function startIntrospection(environment: Record<string, string>) {
  const { redis, credentialKey } = bed.system;
  const replica = new Introspection(
    readIntrospectionConfig({
      REDIS_URL: redis.url,
      REDIS_KEY_PREFIX: redis.keyPrefix,
      CREDENTIAL_KEYS: credentialKey,
      AUTH_SERVER_GRPC: `127.0.0.1:${ports.internal}`,
      GRPC_PORT: String(await freePort()),
      FAST_PORT: String(await freePort()),
      AUTHZ_HTTP_HOST: '0.0.0.0', // on a loopback address, proxies need no credentials
      AUTHZ_HTTP_PORT: String(await freePort()),
      ...environment,
    }),
    log,
  );
  stops.push(() => replica.stop());
  return replica.start();
}

async function startGateway(environment: Record<string, string>): Promise<string> {
  const running = buildGateway(
    readGatewayConfig({
      HTTP_PORT: String(await freePort()),
      AUTH_SERVER_GRPC: `127.0.0.1:${ports.grpc}`,
      ...environment,
    }),
    log,
  );
  stops.push(() => running.stop());
  return (await running.start()).http;
}

interface Identity {
  readonly bearer?: string;
  readonly clientCertificate?: Issued;
}

/** The status and body of a GET over HTTPS. */
function get(url: string, identity: Identity = {}): Promise<{ status: number; body: string }> {
  const { cert, key } = identity.clientCertificate ?? {};
  const headers = identity.bearer === undefined ? {} : { authorization: `Bearer ${identity.bearer}` };
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca: ca.pem, agent: false, headers, cert, key }, async (response) =>
      resolve({ status: response.statusCode ?? 0, body: await text(response) }),
    );
    sent.once('error', reject).end();
  });
}

const statusAt = async (gatewayUrl: string, path = '/api/v3/feature_requests') =>
  (await get(`${gatewayUrl}${path}`, { bearer: token })).status;

const serialAt = (port: string) => ca.serialAt(Number(port));

test('each service that takes part in a request authenticates with its certificate', async () => {
  expect(gateway).toMatch(/^https:/);
  expect(await statusAt(gateway)).toBe(200);
  expect(await statusAt(gateway, '/api/v3/session_info')).toBe(200);
  expect((await get(`${gateway}/api/v3/feature_requests`, { bearer: 'foot_malformed' })).status).toBe(401);
  const fast = await startGateway({ ...files.gateway, INTROSPECTION_ADDRESSES: introspection.fastPort as string });
  expect(await statusAt(fast)).toBe(200);
});

test('the metrics ports require a client certificate, and the public HTTP port does not', async () => {
  const clientCertificate = certificateOf('gateway');
  expect((await get(`https://127.0.0.1:${ports.http}/readyz`)).status).toBe(200);
  const { body } = await get(`https://127.0.0.1:${ports.http}/.well-known/oauth-authorization-server`);
  expect(JSON.parse(body)).toMatchObject({ issuer: `https://127.0.0.1:${ports.http}` });
  for (const port of [ports.metrics, introspectionMetricsPort]) {
    await expect(get(`https://127.0.0.1:${port}/metrics`)).rejects.toThrow();
    const metrics = await get(`https://127.0.0.1:${port}/metrics`, { clientCertificate });
    expect(metrics.body).toMatch(/_tls_certificate_expiry_timestamp_seconds\{certificate="server"\} 1\d{9}\n/);
    expect(metrics.body).toMatch(/_tls_handshakes_failed_total [1-9]/);
    expect(metrics.body).toMatch(/_file_reloads_failed_total 0/);
  }
});

test('a proxy authenticates over HTTP with its certificate', async () => {
  const port = introspection.authz?.split(':').at(-1);
  const forward = (identity = {}) =>
    get(`https://127.0.0.1:${port}/authz/forward?scope=posts:read`, { bearer: token, ...identity });
  await expect(forward()).rejects.toThrow();
  expect((await forward({ clientCertificate: certificateOf('gateway') })).status).toBe(200);
  expect((await forward({ clientCertificate: certificateOf('introspection') })).status).toBe(403);
});

test.skipIf(spawnSync('curl', ['--version']).status !== 0)('curl speaks HTTP/2 with both gRPC ports', async () => {
  const message = join(ca.folder, 'message');
  writeFileSync(message, Buffer.alloc(5)); // an empty gRPC message
  const { certFile, keyFile } = certificateOf('gateway');
  for (const address of [introspection.grpc, introspection.fastPort as string]) {
    const url = `https://localhost:${address.split(':').at(-1)}/grpc.health.v1.Health/Check`;
    const trust = ['--http2', '--cacert', ca.file, '-H', 'content-type: application/grpc', '-H', 'te: trailers'];
    const call = ['--silent', '--output', '/dev/null', '--write-out', '%{http_version} %{http_code}'];
    const args = [...trust, ...call, '--data-binary', `@${message}`, url];
    const { stdout } = await run('curl', [...args, '--cert', certFile, '--key', keyFile]);
    expect(stdout).toBe('2 200');
    await expect(run('curl', args)).rejects.toThrow();
  }
});

test('rejects a gateway whose certificate has another name, until the certificate is replaced', async () => {
  const copies = { ...files.gateway, ...copiesOf(certificateOf('unknown-caller')) };
  const other = await startGateway({ ...copies, INTROSPECTION_ADDRESSES: introspection.grpc });
  expect(await statusAt(other)).toBe(503);
  replace(copies, certificateOf('gateway'));
  await expect.poll(() => statusAt(other)).toBe(200);
});

test('each port of auth-server presents a new certificate without a restart', async () => {
  const { certFile, keyFile } = certificateOf('auth-server');
  const all = [ports.http, ports.grpc, ports.internal, ports.metrics];
  const before = await Promise.all(all.map(serialAt));
  expect(new Set(before).size).toBe(1);
  copyFileSync(certFile, files.authServer.TLS_CERT_FILE);
  copyFileSync(keyFile, files.authServer.TLS_KEY_FILE);
  await expect.poll(() => serialAt(ports.http)).not.toBe(before[0]);
  await expect.poll(async () => new Set(await Promise.all(all.map(serialAt))).size).toBe(1);
  expect(await statusAt(gateway)).toBe(200);
});

test('service tokens and credential keys change in files, with an overlap of old and new ones', async () => {
  const path = (name: string) => join(ca.folder, name);
  const [oldToken, newToken] = ['old', 'new'].map((name) => name.padEnd(43, 'x')) as [string, string];
  const accept = (...tokens: string[]) =>
    writeFileSync(path('tokens'), tokens.map((each) => `gateway=${serviceTokenDigest(each)} # a comment\n`).join(''));
  const [oldKey, newKey] = [bed.system.credentialKey, '5'.repeat(64)];
  writeFileSync(path('keys'), oldKey);
  writeFileSync(path('token'), oldToken);
  accept(oldToken);
  const interval = { FILE_CHECK_INTERVAL_MS: String(CHECK_INTERVAL_MS) };
  const rotating = await startIntrospection({
    ...interval,
    AUTH_SERVER_TOKEN: bed.system.tokens.introspection,
    AUTH_SERVER_GRPC: bed.system.authServerInternal,
    CALLER_TOKENS_FILE: path('tokens'),
    CREDENTIAL_KEYS: '',
    CREDENTIAL_KEYS_FILE: path('keys'),
  });
  const addresses = { INTROSPECTION_ADDRESSES: rotating.fastPort as string };
  const caller = await startGateway({ ...interval, ...addresses, SERVICE_TOKEN_FILE: path('token') });
  const atGateway = async () =>
    (await fetch(`${caller}/api/v3/feature_requests`, { headers: { authorization: `Bearer ${token}` } })).status;
  const introspect = (bearer: string, accessToken = token) =>
    rpcClient(IntrospectionService, rotating.fastPort as string, bearer).introspect({ token: accessToken });
  const reasonOf = async (accessToken: string) => (await introspect(newToken, accessToken)).inactiveReason;
  expect(await atGateway()).toBe(200);

  accept(oldToken, newToken);
  await expect.poll(() => introspect(newToken).catch(() => undefined)).toMatchObject({ active: true });
  writeFileSync(path('token'), newToken);
  accept(newToken);
  await expect.poll(() => introspect(oldToken).catch(({ code }) => code)).toBe(Code.Unauthenticated);
  await expect.poll(atGateway).toBe(200);

  const ofNewKey = new CredentialFormat([newKey]).mint('access_token').reveal();
  expect(await reasonOf(ofNewKey)).toBe(InactiveReason.MALFORMED);
  writeFileSync(path('keys'), `${newKey}\n${oldKey}\n`);
  await expect.poll(() => reasonOf(ofNewKey)).toBe(InactiveReason.UNKNOWN);
  expect(await atGateway()).toBe(200);
});

function copiesOf({ certFile, keyFile }: Issued) {
  const [cert, key] = [`${certFile}.copy`, `${keyFile}.copy`];
  copyFileSync(certFile, cert);
  copyFileSync(keyFile, key);
  return { UPSTREAM_TLS_CERT_FILE: cert, UPSTREAM_TLS_KEY_FILE: key };
}

function replace(files: ReturnType<typeof copiesOf>, { certFile, keyFile }: Issued): void {
  copyFileSync(certFile, files.UPSTREAM_TLS_CERT_FILE);
  copyFileSync(keyFile, files.UPSTREAM_TLS_KEY_FILE);
}
