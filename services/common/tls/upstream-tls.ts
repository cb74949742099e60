import { createSecureContext, type SecureContext, type SecureVersion } from 'node:tls';
import type { FileReloader } from '../process/file-reloader.ts';
import type { Log } from '../process/log.ts';
import { checkCertificates, checkKeyPair, validityProblem } from './key-pair.ts';

const NAMES = { cert: 'UPSTREAM_TLS_CERT_FILE', key: 'UPSTREAM_TLS_KEY_FILE' };

export interface UpstreamTlsSettings {
  /** PEM: the CA of the servers' certificates. */
  readonly caFile: string;
  /** PEM: the client certificate of this service, and its key; undefined: none. */
  readonly keyPair: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly minVersion: SecureVersion;
}

/** The certificates of a service as a client of others. New ones apply to new connections. */
export class UpstreamTls {
  #secureContext!: SecureContext;
  #expiresAtMs: number | undefined;

  /** Throws an error that names the setting if a file cannot be used. */
  constructor({ caFile, keyPair, minVersion }: UpstreamTlsSettings, files: FileReloader, log: Log) {
    const pair = keyPair && [
      { setting: NAMES.cert, path: keyPair.certFile },
      { setting: NAMES.key, path: keyPair.keyFile },
    ];
    files.load([{ setting: 'UPSTREAM_TLS_CA_FILE', path: caFile }, ...(pair ?? [])], ([ca, cert, key]) => {
      checkCertificates(ca as Buffer, 'UPSTREAM_TLS_CA_FILE');
      const certificate = cert && checkKeyPair(cert, key as Buffer, NAMES);
      this.#secureContext = createSecureContext({ ca, cert, key, minVersion });
      if (certificate === undefined) return;
      this.#expiresAtMs = Date.parse(certificate.validTo);
      const reason = validityProblem(certificate, Date.now());
      if (reason !== undefined) log.warn({ reason }, 'servers will refuse the certificate in UPSTREAM_TLS_CERT_FILE');
    });
  }

  /** When the client certificate expires, ms since 1970; undefined without one. */
  get expiresAtMs(): number | undefined {
    return this.#expiresAtMs;
  }

  /** A new object after each change. */
  get secureContext(): SecureContext {
    return this.#secureContext;
  }
}
