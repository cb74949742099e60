/** TLS, client certificates and replaced files on the gRPC ports of services, with stock clients. */
import { copyFileSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { create, type DescMethodUnary, type DescService } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { credentials } from '@grpc/grpc-js';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { Caller } from '../../gen/featureos/oauth/v1/access_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { CallerCertificates } from '../../services/common/callers/caller-certificates.ts';
import { CallerRules } from '../../services/common/callers/rules.ts';
import { ServiceTokens, serviceTokenDigest } from '../../services/common/callers/service-tokens.ts';
import { RequestObserver } from '../../services/common/observe/request-observer.ts';
import { systemClock } from '../../services/common/process/clock.ts';
import { FileReloader } from '../../services/common/process/file-reloader.ts';
import { createLog, type Log } from '../../services/common/process/log.ts';
import { Admission, identifyService } from '../../services/common/rpc/admission.ts';
import { GrpcJsPort } from '../../services/common/rpc/grpc-js-port.ts';
import { UnaryH2Port } from '../../services/common/rpc/unary-h2-port.ts';
import type { CallContext, UnaryHandlers } from '../../services/common/rpc/unary-handlers.ts';
import { ServerTls, type ServerTlsSettings } from '../../services/common/tls/server-tls.ts';
import { type CertificateOptions, type Issued, TestCa } from '../support/certificates.ts';
import { recordingLog } from '../unit/common/recording-log.ts';
import { serviceWithRule } from '../unit/common/service-with-rule.ts';
import { grpcJsClient } from './support/grpc-js-client.ts';
import { expectFailure, failureOf, ownClient } from './support/rpc-client.ts';

const GATEWAY = 'spiffe://example.org/ns/prod/sa/gateway';
const OPERATOR = 'spiffe://example.org/ns/prod/sa/operator';
const TOKEN = 'a-service-token-of-more-than-32-characters';
const CERTIFICATES = [`gateway.edge=${GATEWAY}`, `operator.ops=${OPERATOR}`, 'gateway.by-name=CN=edge gateway'];

const ca = new TestCa();
const otherCa = new TestCa();
const serverCertificate = ca.issue();
afterAll(() => {
  ca.remove();
  otherCa.remove();
});

const clientCertificate = (names: string, options: CertificateOptions = {}) =>
  ca.issue({ subject: '/CN=client', names, ...options });

describe.each(['grpc-js', 'unary-h2'])('a port of %s', (kind) => {
  /** Serves a method for gateways on such a port. `settings` override the defaults: client certificates of `ca` are required. */
  async function serve(settings: Partial<ServerTlsSettings> = {}, log: Log = createLog('test', 'silent')) {
    const files = new FileReloader(log, 3_600_000);
    const { certFile, keyFile } = serverCertificate;
    const all = { certFile, keyFile, clientCaFile: ca.file, clientAuth: 'required', minVersion: 'TLSv1.3' } as const;
    const tls = new ServerTls({ ...all, ...settings }, files, log);
    const tokens = new ServiceTokens([`gateway.token=${serviceTokenDigest(TOKEN)}`]);
    const identify = identifyService(tokens, new CallerCertificates(CERTIFICATES));
    const admission = new Admission(identify, new CallerRules({ openReflection: false }), () => tokens.version);
    const parts = { admission, clock: systemClock, log, tls, observer: new RequestObserver(log, 10_000) };
    const service = serviceWithRule([Caller.GATEWAY]);
    const [method] = service.methods as DescMethodUnary[] as [DescMethodUnary];
    const callers: CallContext['caller'][] = [];
    const handlers = {
      async do(_request: unknown, { caller }: CallContext) {
        callers.push(caller);
        return create(method.output);
      },
    } as UnaryHandlers<DescService>;
    const port =
      kind === 'grpc-js'
        ? new GrpcJsPort(parts, { maxMessageBytes: 1_024, maxConnectionAgeMs: 60_000 })
        : new UnaryH2Port('fast', parts);
    port.services.add(service, handlers);
    const number = await port.listen('127.0.0.1', 0);
    onTestFinished(async () => {
      await port.close();
      files.close();
    });
    const clientWith = (presented: Issued | undefined, trusted = ca) => {
      const channelCredentials = credentials.createSsl(trusted.pem, presented?.key ?? null, presented?.cert ?? null);
      const rpc = ownClient(grpcJsClient(`localhost:${number}`, channelCredentials));
      return { call: (bearer?: string) => rpc.call(method, {}, { bearer, timeoutMs: 5_000 }) };
    };
    return { port: number, tls, files, tokens, callers, clientWith };
  }

  test.each<[string, string, CertificateOptions, string]>([
    ['a SPIFFE ID', `URI:${GATEWAY}`, {}, 'edge'],
    ['a SPIFFE ID and a host name', `DNS:gateway.internal,URI:${GATEWAY}`, {}, 'edge'],
    ['a common name', '', { subject: '/O=Example/CN=edge gateway' }, 'by-name'],
  ])('identifies a gateway by %s in every call', async (_what, names, options, name) => {
    const { clientWith, callers } = await serve();
    const { call } = clientWith(clientCertificate(names, options));
    for (const _call of [1, 2, 3]) await call();
    expect(callers).toEqual(new Array(3).fill({ kind: 'gateway', name }));
  });

  test.each<[string, string, CertificateOptions]>([
    ['another SPIFFE ID', `URI:${GATEWAY}2`, {}],
    ['the beginning of a known SPIFFE ID', 'URI:spiffe://example.org/ns/prod/sa', {}],
    ['two SPIFFE IDs', `URI:${GATEWAY},URI:${OPERATOR}`, {}],
    ['the trust domain of a known SPIFFE ID as a host name', 'DNS:example.org', {}],
    ['a host name that contains a known SPIFFE ID', `@alt\n[alt]\nDNS.1=example.org, URI:${GATEWAY}`, {}],
    ['a URI that contains a known SPIFFE ID', `@alt\n[alt]\nURI.1=spiffe://example.org/x, URI:${GATEWAY}`, {}],
    ['another common name', '', { subject: '/CN=edge' }],
    ['two common names', '', { subject: '/CN=edge gateway/CN=another' }],
    ['a known common name and an unknown URI', 'URI:https://example.org/', { subject: '/CN=edge gateway' }],
    ['a URI that is written like a known common name', 'URI:CN=edge gateway', { subject: '/CN=client' }],
    ['a known SPIFFE ID as the common name', '', { subject: `/CN=${GATEWAY.replaceAll('/', '\\/')}` }],
  ])('does not identify a caller by %s', async (_what, names, options) => {
    const { clientWith, callers } = await serve();
    const { call } = clientWith(clientCertificate(names, options));
    for (const _call of [1, 2]) await expectFailure(call(), ErrorReason.CALLER_UNAUTHENTICATED);
    expect(callers).toEqual([]);
  });

  test('refuses a certificate of a caller of another kind', async () => {
    const { clientWith } = await serve();
    const { call } = clientWith(clientCertificate(`URI:${OPERATOR}`));
    await expectFailure(call(), ErrorReason.CALLER_NOT_ALLOWED);
  });

  test('prefers a bearer token to the certificate, even if the token is invalid', async () => {
    const { clientWith, callers } = await serve();
    const { call } = clientWith(clientCertificate(`URI:${GATEWAY}`));
    await call(TOKEN);
    expect(callers).toEqual([{ kind: 'gateway', name: 'token' }]);
    for (const _call of [1, 2]) {
      await expectFailure(call('nobody'), ErrorReason.CALLER_UNAUTHENTICATED);
    }
  });

  test('rejects a certificate name sent as a bearer token', async () => {
    const { clientWith } = await serve();
    await clientWith(clientCertificate(`URI:${GATEWAY}`)).call();
    const { call } = clientWith(clientCertificate('URI:spiffe://example.org/other'));
    for (const bearer of [GATEWAY, 'CN=edge gateway'])
      await expectFailure(call(bearer), ErrorReason.CALLER_UNAUTHENTICATED);
  });

  test.each<[string, () => Issued | undefined]>([
    ['no certificate', () => undefined],
    ['a certificate of another CA', () => otherCa.issue({ names: `URI:${GATEWAY}` })],
    ['a certificate that has expired', () => clientCertificate(`URI:${GATEWAY}`, { days: -1 })],
    ['a certificate that is not valid yet', () => clientCertificate(`URI:${GATEWAY}`, { startsInDays: 1 })],
  ])('rejects a client with %s, even with a valid token', async (_what, issue) => {
    const { clientWith, tls, callers } = await serve();
    const failure = await failureOf(clientWith(issue()).call(TOKEN));
    expect(Code[failure.code]).toMatch(/^(Unavailable|DeadlineExceeded)$/);
    expect(callers).toEqual([]);
    await expect.poll(() => tls.handshakesFailed).toBeGreaterThan(0);
  });

  test('with optional certificates, accepts a token without a certificate, but not with an invalid certificate', async () => {
    const { clientWith, callers, tls } = await serve({ clientAuth: 'optional' });
    await clientWith(undefined).call(TOKEN);
    await expectFailure(clientWith(undefined).call(), ErrorReason.CALLER_UNAUTHENTICATED);
    await clientWith(clientCertificate(`URI:${GATEWAY}`)).call();
    expect(callers.map((caller) => caller?.kind === 'gateway' && caller.name)).toEqual(['token', 'edge']);
    for (const presented of [otherCa.issue(), clientCertificate(`URI:${GATEWAY}`, { days: -1 })]) {
      const failure = await failureOf(clientWith(presented).call(TOKEN));
      expect(Code[failure.code]).toMatch(/^(Unavailable|DeadlineExceeded)$/);
    }
    await expect.poll(() => tls.handshakesFailed).toBeGreaterThan(0);
  });

  test.each<[string, () => Issued, RegExp]>([
    ['has expired', () => clientCertificate(`URI:${GATEWAY}`, { days: -1 }), /^CERT_HAS_EXPIRED$/],
    ['is not valid yet', () => clientCertificate(`URI:${GATEWAY}`, { startsInDays: 1 }), /^CERT_NOT_YET_VALID$/],
    ['is of another CA', () => otherCa.issue({ subject: '/CN=client' }), /^UNABLE_TO_VERIFY_LEAF_SIGNATURE$/],
  ])('logs why it refuses a certificate that %s, once for many attempts', async (_what, issue, reason) => {
    for (const clientAuth of ['required', 'optional'] as const) {
      const { lines, log } = recordingLog();
      const { clientWith, tls } = await serve({ clientAuth }, log);
      const { call } = clientWith(issue());
      while (tls.handshakesFailed < 3) await failureOf(call());
      expect(lines).toEqual([expect.objectContaining({ level: 40, msg: 'client certificate refused', suppressed: 0 })]);
      expect(lines[0]?.['reason']).toMatch(reason);
      if (clientAuth === 'optional') expect(lines[0]).toMatchObject({ subject: 'CN=client', address: '127.0.0.1' });
    }
  });

  test.each<[string, () => Issued, TestCa]>([
    ['of a CA that the client does not trust', () => serverCertificate, otherCa],
    ['that has expired', () => ca.issue({ days: -1 }), ca],
    ['of another host', () => ca.issue({ names: 'DNS:other.example' }), ca],
  ])('a client refuses a server certificate %s', async (_what, issue, trusted) => {
    const { certFile, keyFile } = issue();
    const { clientWith } = await serve({ certFile, keyFile });
    const failure = await failureOf(clientWith(clientCertificate(`URI:${GATEWAY}`), trusted).call());
    expect(Code[failure.code]).toMatch(/^(Unavailable|DeadlineExceeded)$/);
  });

  test('accepts TLS 1.2 only if it is allowed, and only HTTP/2', async () => {
    const { cert, key } = clientCertificate(`URI:${GATEWAY}`);
    const base: ConnectionOptions = { host: '127.0.0.1', ca: ca.pem, cert, key, servername: 'localhost' };
    const strict = await serve();
    const lax = await serve({ minVersion: 'TLSv1.2' });
    const old = { ...base, maxVersion: 'TLSv1.2', ALPNProtocols: ['h2'] } as const;
    await expect(handshake({ ...old, port: strict.port })).rejects.toThrow(/protocol version|alert/i);
    expect((await handshake({ ...old, port: lax.port })).getProtocol()).toBe('TLSv1.2');
    await expect(handshake({ ...base, port: strict.port, ALPNProtocols: ['http/1.1'] })).rejects.toThrow(
      /application protocol/,
    );
    const withoutAlpn = await handshake({ ...base, port: strict.port });
    withoutAlpn.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => withoutAlpn.resume().once('close', resolve));
  });

  test('presents a new certificate on new connections, and open ones continue', async () => {
    const { certFile, keyFile } = replaceable();
    const { port, files, tls } = await serve({ certFile, keyFile });
    const presented = clientCertificate(`URI:${GATEWAY}`);
    const first = await http2Connection(port, presented);
    const before = serialOf(first);
    const next = ca.issue();
    copyFileSync(next.certFile, certFile);
    await files.check();
    // The key does not match yet, so nothing has changed.
    expect(serialOf(await http2Connection(port, presented))).toBe(before);
    copyFileSync(next.keyFile, keyFile);
    await files.check();
    expect(serialOf(await http2Connection(port, presented))).not.toBe(before);
    expect(files.failures).toBe(0);
    expect(tls.expiresAtMs).toBeGreaterThan(Date.now());
    await ping(first);
  });

  test('certificates of a replaced CA are rejected, even in a resumed session', async () => {
    const { clientCaFile } = replaceable();
    const { port, files } = await serve({ clientCaFile });
    const presented = clientCertificate(`URI:${GATEWAY}`);
    const base = { host: '127.0.0.1', port, ca: ca.pem, servername: 'localhost', ALPNProtocols: ['h2'] };
    const before = connect({ ...base, cert: presented.cert, key: presented.key });
    onTestFinished(() => void before.destroy());
    const ticket = await new Promise<Buffer>((resolve, reject) =>
      before.once('session', resolve).once('error', reject),
    );
    expect((await handshake({ ...base, session: ticket })).isSessionReused()).toBe(true);
    copyFileSync(otherCa.file, clientCaFile);
    await files.check();
    expect(files.failures).toBe(0);
    await expect(expectAccepted({ ...base, cert: presented.cert, key: presented.key })).rejects.toThrow();
    await expect(
      expectAccepted({ ...base, cert: presented.cert, key: presented.key, session: ticket }),
    ).rejects.toThrow();
    await expect(expectAccepted({ ...base, session: ticket })).rejects.toThrow();
    const allowed = otherCa.issue({ names: `URI:${GATEWAY}` });
    await expectAccepted({ ...base, cert: allowed.cert, key: allowed.key });
  });

  test('rejects a removed token, even if it was accepted before', async () => {
    const { clientWith, tokens } = await serve();
    const { call } = clientWith(clientCertificate('DNS:nobody'));
    for (const _call of [1, 2]) await call(TOKEN);
    const next = `${TOKEN}-2`;
    tokens.replace([`gateway=${serviceTokenDigest(TOKEN)}`, `gateway=${serviceTokenDigest(next)}`]);
    await call(TOKEN);
    await call(next);
    tokens.replace([`gateway=${serviceTokenDigest(next)}`]);
    await expectFailure(call(TOKEN), ErrorReason.CALLER_UNAUTHENTICATED);
    await call(next);
  });
});

/** Copies of the server's files that a test can replace. */
function replaceable() {
  const path = (name: string) => join(ca.folder, `${copies++}-${name}`);
  const [certFile, keyFile, clientCaFile] = [path('cert'), path('key'), path('ca')] as [string, string, string];
  copyFileSync(serverCertificate.certFile, certFile);
  copyFileSync(serverCertificate.keyFile, keyFile);
  copyFileSync(ca.file, clientCaFile);
  return { certFile, keyFile, clientCaFile };
}
let copies = 0;

function handshake(options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options, () => resolve(socket));
    socket.once('error', reject);
    onTestFinished(() => void socket.destroy());
  });
}

/** Waits for data: in TLS 1.3 the server checks the client's certificate after the handshake is done for the client. */
async function expectAccepted(options: ConnectionOptions): Promise<void> {
  const socket = await handshake(options);
  await new Promise<void>((resolve, reject) => {
    socket.once('data', () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00', 'latin1');
  });
}

/** A connection of Node's own HTTP/2 client. */
async function http2Connection(port: number, { cert, key }: Issued): Promise<ClientHttp2Session> {
  const connection = connectHttp2(`https://localhost:${port}`, { ca: ca.pem, cert, key, host: '127.0.0.1' });
  onTestFinished(() => connection.destroy());
  await new Promise((resolve, reject) => connection.once('remoteSettings', resolve).once('error', reject));
  return connection;
}

const serialOf = ({ socket }: ClientHttp2Session): string =>
  (socket as TLSSocket).getPeerX509Certificate()?.serialNumber ?? 'none';

const ping = (connection: ClientHttp2Session): Promise<void> =>
  new Promise((resolve, reject) => connection.ping((error) => (error ? reject(error) : resolve())));
