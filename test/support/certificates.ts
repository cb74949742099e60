import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEY_OPTIONS = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export interface CertificateOptions {
  /** Default: one for a server, or a client without a rule. */
  readonly subject?: string;
  /** In OpenSSL's format of subjectAltName; default: this machine's loopback addresses. */
  readonly names?: string;
  /** Days of validity from now on; negative: expired. */
  readonly days?: number;
}

/** A certificate, its key, and where they are. */
export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate authority for one test file, in a folder that `remove` removes. */
export class TestCa {
  readonly folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  readonly file = join(this.folder, 'ca.pem');
  readonly #keyFile = join(this.folder, 'ca.key');
  #issued = 0;

  constructor(name = 'Test CA') {
    openssl(
      'req',
      '-x509',
      ...KEY_OPTIONS,
      '-keyout',
      this.#keyFile,
      '-out',
      this.file,
      '-days',
      '30',
      '-subj',
      `/CN=${name}`,
    );
  }

  get pem(): Buffer {
    return readFileSync(this.file);
  }

  issue({
    subject = '/CN=localhost',
    names = 'IP:127.0.0.1,DNS:localhost',
    days = 30,
  }: CertificateOptions = {}): Issued {
    const path = (kind: string) => join(this.folder, `${this.#issued}.${kind}`);
    this.#issued++;
    const [certFile, keyFile, requestFile, extensionsFile] = ['pem', 'key', 'csr', 'ext'].map(path) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(extensionsFile, names === '' ? 'basicConstraints=CA:FALSE\n' : `subjectAltName=${names}\n`);
    openssl('req', ...KEY_OPTIONS, '-keyout', keyFile, '-out', requestFile, '-subj', subject);
    const signer = ['-CA', this.file, '-CAkey', this.#keyFile, '-CAcreateserial', '-days', String(days)];
    openssl('x509', '-req', '-in', requestFile, '-out', certFile, '-extfile', extensionsFile, ...signer);
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
