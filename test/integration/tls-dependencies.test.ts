/** Postgres with `sslmode=verify-full` and Redis with `rediss:` and `rediss+sentinel:`, on real servers that speak TLS. */
import { chownSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { type PostgresInstance, startPostgres } from '../../scripts/dependencies/postgres.ts';
import { unprivilegedUser } from '../../scripts/dependencies/postgres-programs.ts';
import { type RedisInstance, startRedis } from '../../scripts/dependencies/redis.ts';
import { migrateToLatest } from '../../services/auth-server/store/migrate.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import { withClient } from '../../services/common/redis/one-shot-client.ts';
import { RedisServers } from '../../services/common/redis/redis-servers.ts';
import { TestCa } from '../support/certificates.ts';
import { PRIMARY_NAME, startSentinel } from '../support/sentinel-node.ts';
import { Tables } from '../support/tables.ts';
import { testBed } from '../support/test-bed.ts';
import { endServices, startService } from './support/service-process.ts';

/** PostgreSQL's protocol, section "SSLRequest". */
const SSL_REQUEST_CODE = 80_877_103;
const bed = testBed();
const ca = new TestCa();
const otherCa = new TestCa();
const certificate = ca.issue({ names: 'DNS:localhost' });

let postgres: PostgresInstance;
let redis: RedisInstance;
let redisTlsPort: number;
/** The request codes in the first messages of the connections to Postgres through the proxy. */
const firstCodes: number[] = [];
let proxyPort: number;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  stops.push(() => postgres.stop());
  await enableTls(postgres.url);
  proxyPort = await startProxy(postgres.port);
  redisTlsPort = await freePort();
  const { certFile, keyFile } = certificate;
  const tls = ['--tls-port', String(redisTlsPort), '--tls-cert-file', certFile, '--tls-key-file', keyFile];
  redis = await startRedis({ args: [...tls, '--tls-ca-cert-file', ca.file, '--tls-auth-clients', 'no'] });
  stops.push(() => redis.stop());
});
afterEach(endServices);
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  ca.remove();
  otherCa.remove();
});

/** Gives Postgres copies of the certificate and the key, because the key must belong to the user that it runs as. */
async function enableTls(url: string): Promise<void> {
  const folder = join(tmpdir(), `postgres-tls-${process.pid}`);
  mkdirSync(folder);
  stops.push(() => rmSync(folder, { recursive: true }));
  const [cert, key] = [join(folder, 'server.pem'), join(folder, 'server.key')];
  copyFileSync(certificate.certFile, cert);
  copyFileSync(certificate.keyFile, key);
  const user = await unprivilegedUser();
  if (user !== undefined) for (const path of [folder, cert, key]) chownSync(path, user.uid, user.gid);
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  for (const [name, value] of Object.entries({ ssl_cert_file: cert, ssl_key_file: key, ssl: 'on' })) {
    await admin.query(`ALTER SYSTEM SET ${name} = '${value}'`);
  }
  await admin.query('SELECT pg_reload_conf()');
  await vi.waitUntil(async () => (await admin.query('SHOW ssl')).rows[0].ssl === 'on', { timeout: 10_000 });
  await admin.end();
}

/** Starts a proxy that adds the request code of each connection to `firstCodes`. */
function startProxy(target: number): Promise<number> {
  const proxy = createServer((client: Socket) => {
    const upstream = connect(target, '127.0.0.1');
    client.once('data', (first: Buffer) => {
      firstCodes.push(first.readInt32BE(4));
      upstream.write(first);
      client.pipe(upstream);
    });
    upstream.pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  });
  stops.push(() => proxy.close());
  return new Promise((resolve) => proxy.listen(0, 'localhost', () => resolve((proxy.address() as AddressInfo).port)));
}

function databaseUrl(hostname: string, rootCertificate: string, port = proxyPort): string {
  const url = new URL(postgres.url);
  url.host = `${hostname}:${port}`;
  url.search = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: rootCertificate }).toString();
  return url.href;
}

const open = (url: string) => openDatabase({ url, poolSize: 1, connectTimeoutMs: 5_000, statementTimeoutMs: 200 });

test('all connections to Postgres are encrypted, including those that cancel a statement', async () => {
  const url = databaseUrl('localhost', ca.file);
  await migrateToLatest(url);
  const db = open(url);
  const tables = new Tables(postgres.url);
  const { rows } = await sql<{ ssl: boolean; version: string }>`
    SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()`.execute(db);
  expect(rows).toEqual([{ ssl: true, version: 'TLSv1.3' }]);
  const unavailable = { reason: ErrorReason.DEPENDENCY_UNAVAILABLE };
  await expect(sql`SELECT pg_sleep(60)`.execute(db)).rejects.toMatchObject(unavailable);
  const sleeping = () => tables.count('pg_stat_activity', `query LIKE 'SELECT pg_sleep%' AND state = 'active'`);
  await expect.poll(sleeping).toBe(0);
  expect(firstCodes.length).toBeGreaterThanOrEqual(3);
  expect(new Set(firstCodes)).toEqual(new Set([SSL_REQUEST_CODE]));
  await db.destroy();
  await tables.close();
});

test.each<[string, () => string]>([
  ['of another CA', () => databaseUrl('localhost', otherCa.file)],
  ['of another host', () => databaseUrl('127.0.0.1', ca.file, postgres.port)],
])('a Postgres with a certificate %s is rejected', async (_case, url) => {
  const db = open(url());
  await expect(sql`SELECT 1`.execute(db)).rejects.toMatchObject({ reason: ErrorReason.DEPENDENCY_UNAVAILABLE });
  await db.destroy();
});

/** The URL of a Sentinel that speaks TLS, requires a password, and knows the Redis server by its host name. */
async function sentinelUrl(): Promise<string> {
  const tlsPort = await freePort();
  const sentinel = await startSentinel([
    ...[`tls-port ${tlsPort}`, 'tls-replication yes', 'tls-auth-clients no', 'requirepass watching'],
    ...[`tls-cert-file ${certificate.certFile}`, `tls-key-file ${certificate.keyFile}`, `tls-ca-cert-file ${ca.file}`],
    ...['sentinel resolve-hostnames yes', 'sentinel announce-hostnames yes'],
    `sentinel monitor ${PRIMARY_NAME} localhost ${redisTlsPort} 1`,
  ]);
  stops.push(() => sentinel.stop());
  return `rediss+sentinel://localhost:${tlsPort}/${PRIMARY_NAME}?sentinel_password=watching`;
}

test.each([
  ['a server', async () => `rediss://localhost:${redisTlsPort}`],
  ['a Sentinel', sentinelUrl],
])('both services work with Redis over TLS at the URL of %s', async (_what, redisUrl) => {
  const trust = { NODE_EXTRA_CA_CERTS: ca.file, REDIS_URL: await redisUrl() };
  const metricsPort = await freePort();
  const introspection = startService('introspection', bed.system, { ...trust, METRICS_PORT: String(metricsPort) });
  await introspection.logged('ready');
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  await expect.poll(metrics).toContain('introspection_redis_unreachable{cache_node="main"} 0');

  const database = { DATABASE_URL: databaseUrl('localhost', ca.file) };
  const httpPort = await freePort();
  const authServer = startService('auth-server', bed.system, { ...trust, ...database, HTTP_PORT: String(httpPort) });
  await authServer.logged('ready');
  const readiness = async () => (await fetch(`http://127.0.0.1:${httpPort}/readyz`)).json();
  await expect.poll(readiness).toEqual({ status: 'ready' });
});

test('neither service uses a Redis with a certificate of another CA', async () => {
  const trust = { NODE_EXTRA_CA_CERTS: otherCa.file, REDIS_URL: `rediss://localhost:${redisTlsPort}` };
  const metricsPort = await freePort();
  const introspection = startService('introspection', bed.system, { ...trust, METRICS_PORT: String(metricsPort) });
  await introspection.logged('ready');
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  expect(metrics).toContain('introspection_redis_unreachable{cache_node="main"} 1');
  const httpPort = await freePort();
  const authServer = startService('auth-server', bed.system, { ...trust, HTTP_PORT: String(httpPort) });
  const failed = await authServer.logged('redis connection failed');
  expect(failed.reason).toMatch(/certificate/);
  expect(failed['servers']).toBe(`localhost:${redisTlsPort}`);
});

test('an unreadable file ends the process with an error that names its setting', async () => {
  const service = startService('introspection', bed.system, {
    TLS_CERT_FILE: certificate.certFile,
    TLS_KEY_FILE: '/none',
  });
  expect(await service.ended).toBe(1);
  await expect.poll(service.log).toMatch(/^TLS_KEY_FILE cannot be read: ENOENT/);
});

test('connections to Redis and to Sentinels say for which host they are (SNI)', async () => {
  const hosts: string[] = [];
  const router = createTlsServer({
    cert: certificate.cert,
    key: certificate.key,
    SNICallback: (host, found) => {
      hosts.push(host);
      found(null);
    },
  });
  router.on('tlsClientError', () => {}); // this process does not trust the certificate
  await new Promise<void>((resolve) => router.listen(0, '127.0.0.1', resolve));
  stops.push(() => router.close());
  const address = { host: 'localhost', port: (router.address() as AddressInfo).port };
  const socket = await new RedisServers({ url: `rediss://localhost:${address.port}`, keyPrefix: '' }).connect();
  socket.on('error', () => {});
  await expect.poll(() => hosts).toEqual(['localhost']);
  socket.destroy();
  const options = { address, credentials: {}, isTls: true, timeoutMs: 5_000 };
  await expect(withClient(options, (client) => client.ping())).rejects.toThrow();
  expect(hosts).toEqual(['localhost', 'localhost']);
});
