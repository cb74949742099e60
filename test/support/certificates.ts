import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';

const KEY_OPTIONS = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export interface CertificateOptions {
  /** Default: /CN=localhost, which tests do not list as a caller. */
  readonly subject?: string;
  /** In OpenSSL's format of subjectAltName; empty: none. Default: 127.0.0.1 and localhost. */
  readonly names?: string;
  /** How many days it is valid; negative: it has expired. Default: 30. */
  readonly days?: number;
  /** In how many days its validity begins. Default: now. */
  readonly startsInDays?: number;
}

/** A certificate with its key, and the paths of both. */
export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate authority for tests. `remove` deletes all its files. */
export class TestCa {
  readonly folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  readonly file = join(this.folder, 'ca.pem');
  readonly #keyFile = join(this.folder, 'ca.key');
  #issued = 0;

  constructor(name = 'Test CA') {
    const output = ['-keyout', this.#keyFile, '-out', this.file];
    openssl('req', '-x509', ...KEY_OPTIONS, ...output, '-days', '30', '-subj', `/CN=${name}`);
  }

  get pem(): Buffer {
    return readFileSync(this.file);
  }

  issue({
    subject = '/CN=localhost',
    names = 'IP:127.0.0.1,DNS:localhost',
    days = 30,
    startsInDays,
  }: CertificateOptions = {}): Issued {
    const base = join(this.folder, String(this.#issued++));
    const [certFile, keyFile] = [`${base}.pem`, `${base}.key`];
    const [requestFile, extensionsFile] = [`${base}.csr`, `${base}.ext`];
    writeFileSync(extensionsFile, names === '' ? 'basicConstraints=CA:FALSE\n' : `subjectAltName=${names}\n`);
    openssl('req', ...KEY_OPTIONS, '-keyout', keyFile, '-out', requestFile, '-subj', subject);
    const files = ['-in', requestFile, '-out', certFile, '-extfile', extensionsFile];
    if (startsInDays === undefined) {
      const signer = ['-CA', this.file, '-CAkey', this.#keyFile, '-CAcreateserial', '-days', String(days)];
      openssl('x509', '-req', ...files, ...signer);
    } else {
      const [start, end] = [startsInDays, startsInDays + days].map(inDays) as [string, string];
      const signer = ['-config', this.#writeCaConfig(), '-cert', this.file, '-keyfile', this.#keyFile];
      openssl('ca', '-batch', '-notext', ...files, ...signer, '-startdate', start, '-enddate', end);
    }
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
  }

  /** Configures `openssl ca`, the only command of OpenSSL 3.0 that can set when validity begins. Returns the file's path. */
  #writeCaConfig(): string {
    const configuration = join(this.folder, 'ca.cnf');
    const index = join(this.folder, 'index.txt');
    writeFileSync(index, '');
    const policy = '[policy]\ncommonName=supplied\n';
    const ca = `database=${index}\nnew_certs_dir=${this.folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=policy\n`;
    writeFileSync(configuration, `[ca]\ndefault_ca=this\n[this]\n${ca}${policy}`);
    return configuration;
  }

  /** The serial number of the certificate that a port presents on a new connection. */
  serialAt(port: number): Promise<string | undefined> {
    const options = {
      host: '127.0.0.1',
      port,
      ca: this.pem,
      servername: 'localhost',
      ALPNProtocols: ['h2', 'http/1.1'],
    };
    return new Promise((resolve, reject) => {
      const socket = connect(options, () => {
        resolve(socket.getPeerX509Certificate()?.serialNumber);
        socket.destroy();
      });
      socket.once('error', reject);
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The time in that many days, as OpenSSL reads it: YYYYMMDDhhmmssZ. */
function inDays(days: number): string {
  const time = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${time.slice(0, 19).replace(/[-:T]/g, '')}Z`;
}
