import type { X509Certificate } from 'node:crypto';
import type { RequestListener, ServerOptions } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import {
  createSecureContext,
  createServer,
  type SecureContextOptions,
  type SecureVersion,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import type { FileReloader } from '../process/file-reloader.ts';
import type { Log } from '../process/log.ts';
import { WarningLimit } from '../process/warning-limit.ts';
import { limitHandshakes } from './handshakes.ts';
import { checkCertificates, checkKeyPair, validityProblem } from './key-pair.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
const NAMES = { cert: 'TLS_CERT_FILE', key: 'TLS_KEY_FILE' };
const REFUSED = 'client certificate refused';

export interface ServerTlsSettings {
  /** PEM: the certificate and the intermediate certificates up to its CA. */
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM: the CA of client certificates; undefined: none are requested. */
  readonly clientCaFile: string | undefined;
  /** `optional`: a client without a certificate needs another credential. An invalid certificate is always refused. */
  readonly clientAuth: 'required' | 'optional';
  readonly minVersion: SecureVersion;
}

/** The clients of a port: services, from which a certificate is requested if there is a client CA, or everyone. */
type Audience = 'services' | 'public';

/** The certificate of a service on all its ports, and the CA of its clients. New ones apply to new handshakes. */
export class ServerTls {
  readonly #settings: ServerTlsSettings;
  readonly #log: Log;
  readonly #refusals: WarningLimit;
  readonly #servers = new Set<Server>();
  #context: SecureContextOptions = {};
  #expiresAtMs = 0;
  #handshakesFailed = 0;

  /** Throws an error that names the setting if a file cannot be used. */
  constructor(settings: ServerTlsSettings, files: FileReloader, log: Log) {
    this.#settings = settings;
    this.#log = log;
    this.#refusals = new WarningLimit(log);
    const { certFile, keyFile, clientCaFile } = settings;
    const pair = [
      { setting: NAMES.cert, path: certFile },
      { setting: NAMES.key, path: keyFile },
    ];
    const clientCa = clientCaFile === undefined ? [] : [{ setting: 'TLS_CLIENT_CA_FILE', path: clientCaFile }];
    files.load([...pair, ...clientCa], (contents) => this.#use(contents));
  }

  /** When the certificate expires, ms since 1970. */
  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  get handshakesFailed(): number {
    return this.#handshakesFailed;
  }

  /** A server for HTTP/2 connections of services. */
  createHttp2Listener(onConnection: (socket: TLSSocket) => void): Server {
    return this.#setUp(createServer({ ...this.#options('services'), ALPNProtocols: ['h2'] }, onConnection));
  }

  createHttpsServer(audience: Audience, options: ServerOptions, onRequest: RequestListener): HttpsServer {
    return this.#setUp(createHttpsServer({ ...options, ...this.#options(audience) }, onRequest));
  }

  #options(audience: Audience): TlsOptions {
    const { clientCaFile, clientAuth } = this.#settings;
    return {
      ...this.#context,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      requestCert: audience === 'services' && clientCaFile !== undefined,
      rejectUnauthorized: clientAuth === 'required',
    };
  }

  #setUp<S extends Server>(server: S): S {
    limitHandshakes(server);
    server.on('tlsClientError', (error, socket) => {
      this.#handshakesFailed++;
      const problem = problemOf(socket);
      if (problem === undefined) this.#log.debug({ reason: error.message }, 'tls handshake failed');
      else this.#refusals.warn({ reason: problem }, REFUSED);
      socket.destroy();
    });
    // With optional certificates Node accepts invalid ones.
    server.on('secureConnection', (socket) => {
      const certificate = socket.getPeerX509Certificate();
      if (socket.authorized || certificate === undefined) return;
      this.#handshakesFailed++;
      const { subject } = certificate;
      this.#refusals.warn({ reason: problemOf(socket), subject, address: socket.remoteAddress }, REFUSED);
      socket.destroy();
    });
    this.#servers.add(server);
    server.once('close', () => this.#servers.delete(server));
    return server;
  }

  #use([cert, key, clientCa]: readonly Buffer[]): void {
    const certificate = checkKeyPair(cert as Buffer, key as Buffer, NAMES);
    if (clientCa !== undefined) checkCertificates(clientCa, 'TLS_CLIENT_CA_FILE');
    const context = { cert, key, ca: clientCa, minVersion: this.#settings.minVersion };
    // Throws for errors that the checks do not find, before anything changes.
    createSecureContext(context);
    this.#context = context;
    this.#expiresAtMs = Date.parse(certificate.validTo);
    this.#warnIfInvalid(certificate);
    for (const server of this.#servers) server.setSecureContext(context);
  }

  #warnIfInvalid(certificate: X509Certificate): void {
    const reason = validityProblem(certificate, Date.now());
    if (reason !== undefined) this.#log.warn({ reason }, 'clients will refuse the certificate in TLS_CERT_FILE');
  }
}

/** OpenSSL's name for the problem of a client's certificate, or undefined. Node declares it as an Error, but it is a string. */
const problemOf = ({ authorizationError }: TLSSocket): string | undefined =>
  authorizationError ? String(authorizationError) : undefined;
