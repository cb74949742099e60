/** Errors in TLS settings and files name the setting. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readCallers } from '../../../services/common/callers/settings.ts';
import { ConfigReader } from '../../../services/common/process/config-readers.ts';
import { FileReloader } from '../../../services/common/process/file-reloader.ts';
import { createLog } from '../../../services/common/process/log.ts';
import { ServerTls } from '../../../services/common/tls/server-tls.ts';
import { readServerTls, readTlsName, readUpstreamTls } from '../../../services/common/tls/settings.ts';
import { UpstreamTls } from '../../../services/common/tls/upstream-tls.ts';
import { TestCa } from '../../support/certificates.ts';

const ca = new TestCa();
const [good, other] = [ca.issue(), ca.issue()];
const garbage = join(ca.folder, 'garbage');
writeFileSync(garbage, 'nothing of use, but canary');
afterAll(() => ca.remove());

/** Reads the settings in this environment and loads their files; throws the error that an operator sees. */
function start(environment: Record<string, string>): void {
  const files = new FileReloader(createLog('test', 'silent'), 3_600_000);
  const read = new ConfigReader(environment);
  const tls = readServerTls(read);
  const upstream = readUpstreamTls(read);
  readTlsName(read, 'AUTH_SERVER_TLS_NAME', (environment.ADDRESSES ?? 'auth.internal:1').split(','), upstream);
  readCallers(read, tls);
  read.done();
  try {
    if (tls !== undefined) new ServerTls(tls, files, createLog('test', 'silent'));
    if (upstream !== undefined) new UpstreamTls(upstream, files, createLog('test', 'silent'));
  } finally {
    files.close();
  }
}

const SERVER = { TLS_CERT_FILE: good.certFile, TLS_KEY_FILE: good.keyFile, TLS_CLIENT_CA_FILE: ca.file };
const CLIENT = {
  UPSTREAM_TLS_CA_FILE: ca.file,
  UPSTREAM_TLS_CERT_FILE: good.certFile,
  UPSTREAM_TLS_KEY_FILE: good.keyFile,
};
const CALLERS = { CALLER_CERTIFICATES: 'gateway=spiffe://example.org/gateway, operator.ann=CN=Ann' };
const TOKENS = { CALLER_TOKENS: `gateway=${'d'.repeat(64)}` };

test.each<[string, Record<string, string>]>([
  ['a service without TLS', TOKENS],
  ['a server', { ...SERVER, ...TOKENS }],
  ['a server whose callers only have certificates', { ...SERVER, ...CALLERS }],
  ['a client', { ...CLIENT, ...TOKENS }],
  ['a client without a certificate', { ...TOKENS, UPSTREAM_TLS_CA_FILE: ca.file }],
  [
    'a client of IPv6 addresses with one name',
    { ...CLIENT, ...TOKENS, ADDRESSES: '[::1]:1,[::1]:2', AUTH_SERVER_TLS_NAME: 'localhost' },
  ],
  [
    'a client of several hosts with one name',
    { ...CLIENT, ...TOKENS, ADDRESSES: '10.0.0.1:1,10.0.0.2:1', AUTH_SERVER_TLS_NAME: 'auth.internal' },
  ],
])('%s can start', (_what, environment) => {
  expect(() => start(environment)).not.toThrow();
});

test.each<[RegExp, Record<string, string>]>([
  [/TLS_CERT_FILE cannot be read: ENOENT/, { ...SERVER, TLS_CERT_FILE: '/no/such/file' }],
  [/TLS_KEY_FILE cannot be read: ENOENT/, { ...SERVER, TLS_KEY_FILE: '/no/such/file' }],
  [/TLS_CLIENT_CA_FILE cannot be read: ENOENT/, { ...SERVER, TLS_CLIENT_CA_FILE: '/no/such/file' }],
  [/TLS_CERT_FILE must have a certificate in PEM/, { ...SERVER, TLS_CERT_FILE: garbage }],
  [/TLS_CERT_FILE must have a certificate in PEM/, { ...SERVER, TLS_CERT_FILE: good.keyFile }],
  [/TLS_KEY_FILE must have a private key in PEM/, { ...SERVER, TLS_KEY_FILE: garbage }],
  [/TLS_KEY_FILE does not match the certificate in TLS_CERT_FILE/, { ...SERVER, TLS_KEY_FILE: other.keyFile }],
  [/TLS_CLIENT_CA_FILE must have a certificate in PEM/, { ...SERVER, TLS_CLIENT_CA_FILE: garbage }],
  [/TLS_KEY_FILE is required with TLS_CERT_FILE/, { TLS_CERT_FILE: good.certFile }],
  [/TLS_CERT_FILE is required with TLS_KEY_FILE/, { TLS_KEY_FILE: good.keyFile }],
  [/TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE/, { TLS_CLIENT_CA_FILE: ca.file }],
  [/TLS_CLIENT_AUTH must be one of required, optional/, { ...SERVER, TLS_CLIENT_AUTH: 'on' }],
  [/TLS_MIN_VERSION must be one of 1.2, 1.3/, { ...SERVER, TLS_MIN_VERSION: '1.1' }],
  [/UPSTREAM_TLS_CA_FILE cannot be read: ENOENT/, { ...CLIENT, UPSTREAM_TLS_CA_FILE: '/no/such/file' }],
  [
    /UPSTREAM_TLS_KEY_FILE does not match the certificate in UPSTREAM_TLS_CERT_FILE/,
    { ...CLIENT, UPSTREAM_TLS_KEY_FILE: other.keyFile },
  ],
  [/UPSTREAM_TLS_CERT_FILE needs UPSTREAM_TLS_CA_FILE/, { ...CLIENT, UPSTREAM_TLS_CA_FILE: '' }],
  [/AUTH_SERVER_TLS_NAME is required with TLS to IP addresses/, { ...CLIENT, ADDRESSES: '10.0.0.1:1,10.0.0.2:1' }],
  [/AUTH_SERVER_TLS_NAME is required with TLS to IP addresses/, { ...CLIENT, ADDRESSES: '[::1]:1' }],
  [/AUTH_SERVER_TLS_NAME must be a DNS name/, { AUTH_SERVER_TLS_NAME: '10.0.0.1' }],
  [/CALLER_CERTIFICATES needs TLS_CLIENT_CA_FILE/, CALLERS],
  [/CALLER_CERTIFICATES must be kind=/, { ...SERVER, CALLER_CERTIFICATES: 'user=spiffe://example.org/ann' }],
  [/CALLER_CERTIFICATES must be kind=/, { ...SERVER, CALLER_CERTIFICATES: 'gateway=gateway.internal' }],
  [/CALLER_TOKENS and CALLER_TOKENS_FILE must not both be set/, { CALLER_TOKENS_FILE: garbage }],
  [/CALLER_TOKENS is required/, { CALLER_TOKENS: '' }],
])('%s', (message, environment) => {
  const attempt = () => start({ ...TOKENS, ...environment });
  expect(attempt).toThrow(message);
  expect(attempt).not.toThrow(/canary/);
});

test.each<[string, RegExp, number]>([
  ['has expired', /it expired at/, -1],
  ['is valid', /^$/, 1],
])('a certificate that %s is used, with a warning if the other side will reject it', (_what, expected, days) => {
  const warnings: string[] = [];
  const log = { ...createLog('test', 'silent'), warn: ({ reason }: { reason: string }) => warnings.push(reason) };
  const { certFile, keyFile } = ca.issue({ days });
  const files = new FileReloader(log as never, 3_600_000);
  const settings = {
    certFile,
    keyFile,
    clientCaFile: undefined,
    clientAuth: 'required',
    minVersion: 'TLSv1.3',
  } as const;
  new ServerTls(settings, files, log as never);
  expect(warnings.join()).toMatch(expected);
  warnings.length = 0;
  const upstream = { caFile: ca.file, keyPair: { certFile, keyFile }, minVersion: 'TLSv1.3' } as const;
  const { expiresAtMs = 0 } = new UpstreamTls(upstream, files, log as never);
  files.close();
  expect(warnings.join()).toMatch(expected);
  expect(Math.abs(expiresAtMs - (Date.now() + days * 86_400_000))).toBeLessThan(60_000);
});

test('the certificates of a client change with their files, all together or not at all', async () => {
  const [certFile, keyFile] = [`${good.certFile}.copy`, `${good.keyFile}.copy`];
  copyFileSync(good.certFile, certFile);
  copyFileSync(good.keyFile, keyFile);
  const log = createLog('test', 'silent');
  const files = new FileReloader(log, 3_600_000);
  const tls = new UpstreamTls({ caFile: ca.file, keyPair: { certFile, keyFile }, minVersion: 'TLSv1.3' }, files, log);
  const before = tls.secureContext;
  copyFileSync(other.certFile, certFile);
  for (const failures of [0, 1, 1]) {
    await files.check();
    expect([tls.secureContext === before, files.failures]).toEqual([true, failures]);
  }
  copyFileSync(other.keyFile, keyFile);
  await files.check();
  expect([tls.secureContext === before, files.failures]).toEqual([false, 1]);
  files.close();
});
