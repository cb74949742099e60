/** Client certificates at the ports that require them: invalid ones, the replacement of a CA, an empty authorization header. */
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { DescMethodUnary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TokenStateService } from '../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { WebhookService } from '../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { createLog } from '../../services/common/process/log.ts';
import { readConfig } from '../../services/introspection/config.ts';
import { Introspection } from '../../services/introspection/server.ts';
import { type Issued, TestCa } from '../support/certificates.ts';
import { startAuthServer } from '../support/other-auth-server.ts';
import { testBed } from '../support/test-bed.ts';
import { grpcJsClient } from '../wire/support/grpc-js-client.ts';
import { expectFailure, ownClient } from '../wire/support/rpc-client.ts';

const REPLICA = 'spiffe://example.org/introspection';
const GATEWAY = 'spiffe://example.org/gateway';
const PLATFORM = 'spiffe://example.org/platform';
const STRANGER = 'spiffe://example.org/stranger';
const PORTS = ['GRPC_PORT', 'INTERNAL_GRPC_PORT', 'FAST_PORT', 'AUTHZ_HTTP_PORT', 'METRICS_PORT'] as const;
type Port = (typeof PORTS)[number];
type Ports = Readonly<Record<Port, string>>;

const bed = testBed();
const [oldCa, newCa, otherCa] = [new TestCa('Old CA'), new TestCa('New CA'), new TestCa('Other CA')];
const serverCertificate = oldCa.issue();
const clientCaFile = join(oldCa.folder, 'clients.pem');
const trust = (...cas: TestCa[]) => writeFileSync(clientCaFile, Buffer.concat(cas.map(({ pem }) => pem)));
const issue = (ca: TestCa, options = {}) => ca.issue({ subject: '/CN=replica', names: `URI:${REPLICA}`, ...options });

let targets: [string, number, 'h2' | 'http/1.1'][];
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  trust(oldCa);
  const tls = {
    TLS_CERT_FILE: serverCertificate.certFile,
    TLS_KEY_FILE: serverCertificate.keyFile,
    TLS_CLIENT_CA_FILE: clientCaFile,
    CALLER_CERTIFICATES: `introspection=${REPLICA}, gateway=${GATEWAY}, platform=${PLATFORM}`,
    CALLER_TOKENS: '',
    FILE_CHECK_INTERVAL_MS: '20',
  };
  const ports = async () =>
    Object.fromEntries(await Promise.all(PORTS.map(async (name) => [name, String(await freePort())]))) as Ports;
  const [ofAuthServer, ofReplica] = [await ports(), await ports()];
  const { GRPC_PORT, INTERNAL_GRPC_PORT, METRICS_PORT } = ofAuthServer;
  const authServer = await startAuthServer(bed.system, { ...tls, GRPC_PORT, INTERNAL_GRPC_PORT, METRICS_PORT });
  stops.push(() => authServer.stop());
  const replicaCertificate = issue(oldCa);
  const replica = new Introspection(
    readConfig({
      ...tls,
      ...ofReplica,
      AUTHZ_HTTP_HOST: '0.0.0.0',
      REDIS_URL: bed.system.redis.url,
      CREDENTIAL_KEYS: bed.system.credentialKey,
      AUTH_SERVER_GRPC: `127.0.0.1:${INTERNAL_GRPC_PORT}`,
      AUTH_SERVER_TLS_NAME: 'localhost',
      UPSTREAM_TLS_CA_FILE: oldCa.file,
      UPSTREAM_TLS_CERT_FILE: replicaCertificate.certFile,
      UPSTREAM_TLS_KEY_FILE: replicaCertificate.keyFile,
    }),
    createLog('test', 'silent'),
  );
  stops.push(() => replica.stop());
  await replica.start();
  targets = [
    ['gRPC of auth-server', Number(GRPC_PORT), 'h2'],
    ['the internal port', Number(INTERNAL_GRPC_PORT), 'h2'],
    ['metrics of auth-server', Number(METRICS_PORT), 'http/1.1'],
    ['gRPC of introspection', Number(ofReplica.GRPC_PORT), 'h2'],
    ['the fast port', Number(ofReplica.FAST_PORT), 'h2'],
    ['HTTP for proxies', Number(ofReplica.AUTHZ_HTTP_PORT), 'http/1.1'],
    ['metrics of introspection', Number(ofReplica.METRICS_PORT), 'http/1.1'],
  ];
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  for (const ca of [oldCa, newCa, otherCa]) ca.remove();
});

const FIRST_BYTES = {
  h2: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00',
  'http/1.1': 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n',
};

/** Whether the port responds to a client with that certificate, which TLS 1.3 servers check after the client's handshake. */
function accepts(port: number, protocol: 'h2' | 'http/1.1', { cert, key }: Issued): Promise<boolean> {
  const options = { host: '127.0.0.1', port, servername: 'localhost', ca: oldCa.pem, cert, key };
  return new Promise((resolve) => {
    const socket = connect({ ...options, ALPNProtocols: [protocol] }, () =>
      socket.write(FIRST_BYTES[protocol], 'latin1'),
    );
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

/** The names of the ports that respond to a client with that certificate. */
async function acceptedAt(presented: Issued): Promise<string[]> {
  const accepted = await Promise.all(
    targets.map(async ([name, port, protocol]) => ((await accepts(port, protocol, presented)) ? [name] : [])),
  );
  return accepted.flat();
}

const all = () => targets.map(([name]) => name);

test.each<[string, () => Issued]>([
  ['has expired', () => issue(oldCa, { days: -1 })],
  ['is not valid yet', () => issue(oldCa, { startsInDays: 1 })],
  ['is of another CA', () => issue(otherCa)],
])('every port refuses a client whose certificate %s', async (_what, presented) => {
  expect(await acceptedAt(issue(oldCa))).toEqual(all());
  expect(await acceptedAt(presented())).toEqual([]);
});

test('a CA is replaced with an overlap, in which certificates of both CAs are accepted', async () => {
  const [old, next] = [issue(oldCa), issue(newCa)];
  expect([await acceptedAt(old), await acceptedAt(next)]).toEqual([all(), []]);
  trust(oldCa, newCa);
  await expect.poll(() => acceptedAt(next)).toEqual(all());
  expect(await acceptedAt(old)).toEqual(all());
  trust(newCa);
  await expect.poll(() => acceptedAt(old)).toEqual([]);
  expect(await acceptedAt(next)).toEqual(all());
});

/** `authorization`: the value of the header that is sent over the connection; undefined: no header. */
type Attempt = readonly [presented: Issued, authorization: string | undefined];

/** Certificates of a permitted caller, and of one that is not in CALLER_CERTIFICATES. */
function certificatesFor(uri: string): [listed: Issued, stranger: Issued] {
  return [issue(oldCa, { names: `URI:${uri}` }), issue(oldCa, { names: `URI:${STRANGER}` })];
}

const portOf = (name: string) => targets.find(([each]) => each === name)?.[1] as number;

test.each<[string, DescMethodUnary, string]>([
  ['gRPC of auth-server', WebhookService.method.publishEvent, PLATFORM],
  ['the internal port', TokenStateService.method.getTokenStates, REPLICA],
  ['gRPC of introspection', IntrospectionService.method.batchIntrospect, GATEWAY],
  ['the fast port', IntrospectionService.method.batchIntrospect, GATEWAY],
])('an empty authorization header is invalid at %s, whatever the certificate', async (name, method, uri) => {
  trust(oldCa);
  await expect.poll(() => acceptedAt(issue(oldCa))).toEqual(all());
  const [listed, stranger] = certificatesFor(uri);
  const call = ([{ cert, key }, authorization]: Attempt) => {
    const client = ownClient(grpcJsClient(`localhost:${portOf(name)}`, credentials.createSsl(oldCa.pem, key, cert)));
    return client.call(method, {}, { headers: authorization === undefined ? {} : { authorization }, timeoutMs: 5_000 });
  };
  const admitted = await call([listed, undefined]).catch(({ code }: { code: Code }) => code);
  expect(admitted).toBe(Code.InvalidArgument);
  for (const attempt of [
    [listed, ''],
    [stranger, ''],
    [stranger, undefined],
  ] satisfies Attempt[]) {
    await expectFailure(call(attempt), ErrorReason.CALLER_UNAUTHENTICATED);
  }
});

test('an empty proxy-authorization header is invalid at HTTP for proxies, whatever the certificate', async () => {
  trust(oldCa);
  await expect.poll(() => acceptedAt(issue(oldCa))).toEqual(all());
  const [listed, stranger] = certificatesFor(GATEWAY);
  const status = ([{ cert, key }, authorization]: Attempt) =>
    new Promise<number | undefined>((resolve, reject) => {
      const address = { host: '127.0.0.1', port: portOf('HTTP for proxies'), path: '/authz/forward?scope=posts:read' };
      const headers = authorization === undefined ? {} : { 'proxy-authorization': authorization };
      const options = { ...address, headers, servername: 'localhost', ca: oldCa.pem, cert, key, agent: false };
      request(options, (response) => resolve(response.resume().statusCode))
        .once('error', reject)
        .end();
    });
  // 401: the proxy is admitted, and its client has sent no token.
  expect(await status([listed, undefined])).toBe(401);
  for (const attempt of [
    [listed, ''],
    [stranger, ''],
    [stranger, undefined],
  ] satisfies Attempt[]) {
    expect(await status(attempt)).toBe(403);
  }
});
