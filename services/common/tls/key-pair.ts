import { createPrivateKey, X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The names of the settings, for messages. */
export interface KeyPairNames {
  readonly cert: string;
  readonly key: string;
}

/** Returns the first certificate of a PEM chain, to which the key must belong. Errors name the setting that is wrong. */
export function checkKeyPair(cert: Buffer, key: Buffer, names: KeyPairNames): X509Certificate {
  const [leaf] = checkCertificates(cert, names.cert);
  let privateKey: ReturnType<typeof createPrivateKey>;
  try {
    privateKey = createPrivateKey(key);
  } catch {
    // Omits the message of OpenSSL, which does not help and might contain parts of the file.
    throw new Error(`${names.key} must have a private key in PEM without a passphrase`);
  }
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new Error(`${names.key} does not match the certificate in ${names.cert}`);
  }
  return leaf;
}

/** The certificates of a PEM file, at least one; throws an error that names the setting. */
export function checkCertificates(pem: Buffer, name: string): [X509Certificate, ...X509Certificate[]] {
  try {
    const [first, ...others] = (pem.toString('latin1').match(CERTIFICATE) ?? []).map(
      (block) => new X509Certificate(block),
    );
    if (first !== undefined) return [first, ...others];
  } catch (error) {
    throw new Error(`${name} has a certificate that cannot be read: ${(error as Error).message}`);
  }
  throw new Error(`${name} must have a certificate in PEM`);
}

/** Why a certificate is not valid at that time (ms since 1970); undefined if it is. */
export function validityProblem(certificate: X509Certificate, nowMs: number): string | undefined {
  if (nowMs > Date.parse(certificate.validTo)) return `it expired at ${certificate.validTo}`;
  return nowMs < Date.parse(certificate.validFrom) ? `it is not valid before ${certificate.validFrom}` : undefined;
}
