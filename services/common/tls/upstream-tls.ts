import { createSecureContext, type SecureContext, type SecureVersion } from 'node:tls';
import type { FileReloader } from '../process/file-reloader.ts';
import { checkCertificates, checkKeyPair } from './key-pair.ts';

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

  /** Throws an error that names the setting if a file cannot be used. */
  constructor({ caFile, keyPair, minVersion }: UpstreamTlsSettings, files: FileReloader) {
    const pair = keyPair && [
      { setting: NAMES.cert, path: keyPair.certFile },
      { setting: NAMES.key, path: keyPair.keyFile },
    ];
    files.load([{ setting: 'UPSTREAM_TLS_CA_FILE', path: caFile }, ...(pair ?? [])], ([ca, cert, key]) => {
      checkCertificates(ca as Buffer, 'UPSTREAM_TLS_CA_FILE');
      if (cert !== undefined) checkKeyPair(cert, key as Buffer, NAMES);
      this.#secureContext = createSecureContext({ ca, cert, key, minVersion });
    });
  }

  /** A new object after each change. */
  get secureContext(): SecureContext {
    return this.#secureContext;
  }
}
