/** Client certificates that are not valid, and a CA that is replaced, at every port that requires client certificates. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { createLog } from '../../services/common/process/log.ts';
import { readConfig } from '../../services/introspection/config.ts';
import { Introspection } from '../../services/introspection/server.ts';
import { type Issued, TestCa } from '../support/certificates.ts';
import { startAuthServer } from '../support/other-auth-server.ts';
import { testBed } from '../support/test-bed.ts';

const REPLICA = 'spiffe://example.org/introspection';
const PORTS = ['GRPC_PORT', 'INTERNAL_GRPC_PORT', 'FAST_PORT', 'AUTHZ_HTTP_PORT', 'METRICS_PORT'] as const;
type Port = (typeof PORTS)[number];
type Ports = Readonly<Record<Port, string>>;

const bed = testBed();
const [oldCa, newCa, strangers] = [new TestCa('Old CA'), new TestCa('New CA'), new TestCa('Stranger')];
const serverCertificate = oldCa.issue();
const clientCaFile = join(oldCa.folder, 'clients.pem');
const trust = (...cas: TestCa[]) => writeFileSync(clientCaFile, Buffer.concat(cas.map(({ pem }) => pem)));
const issue = (ca: TestCa, validity = {}) => ca.issue({ subject: '/CN=replica', names: `URI:${REPLICA}`, ...validity });

let targets: [string, number, 'h2' | 'http/1.1'][];
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  trust(oldCa);
  const tls = {
    TLS_CERT_FILE: serverCertificate.certFile,
    TLS_KEY_FILE: serverCertificate.keyFile,
    TLS_CLIENT_CA_FILE: clientCaFile,
    CALLER_CERTIFICATES: `introspection=${REPLICA}`,
    CALLER_TOKENS: '',
    FILE_CHECK_INTERVAL_MS: '20',
  };
  const ports = async () =>
    Object.fromEntries(await Promise.all(PORTS.map(async (name) => [name, String(await freePort())]))) as Ports;
  const [ofAuthServer, ofReplica] = [await ports(), await ports()];
  const { GRPC_PORT, INTERNAL_GRPC_PORT, METRICS_PORT } = ofAuthServer;
  const authServer = await startAuthServer(bed.system, { ...tls, GRPC_PORT, INTERNAL_GRPC_PORT, METRICS_PORT });
  stops.push(() => authServer.stop());
  const own = issue(oldCa);
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
      UPSTREAM_TLS_CERT_FILE: own.certFile,
      UPSTREAM_TLS_KEY_FILE: own.keyFile,
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
  for (const ca of [oldCa, newCa, strangers]) ca.remove();
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
  ['is of another CA', () => issue(strangers)],
])('every port refuses a client whose certificate %s', async (_what, presented) => {
  expect(await acceptedAt(issue(oldCa))).toEqual(all());
  expect(await acceptedAt(presented())).toEqual([]);
});

test('a CA is replaced with an overlap, in which certificates of both are accepted', async () => {
  const [old, next] = [issue(oldCa), issue(newCa)];
  expect([await acceptedAt(old), await acceptedAt(next)]).toEqual([all(), []]);
  trust(oldCa, newCa);
  await expect.poll(() => acceptedAt(next)).toEqual(all());
  expect(await acceptedAt(old)).toEqual(all());
  trust(newCa);
  await expect.poll(() => acceptedAt(old)).toEqual([]);
  expect(await acceptedAt(next)).toEqual(all());
});
