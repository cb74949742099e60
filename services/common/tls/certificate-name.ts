import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** An entry with a URI that cannot be mistaken for a common name. */
const ABSOLUTE_URI = /^URI:([a-z][a-z0-9+.-]*:\/\/.+)$/;

/**
 * The name of a client in the certificate that the handshake has verified: its only URI (such as a SPIFFE ID, X509-SVID
 * section 2); if it has no URI, `CN=` and the only common name of the subject. Undefined without a verified certificate or
 * without such a name.
 */
export function certificateName(connection: Duplex): string | undefined {
  if (!(connection instanceof TLSSocket) || !connection.authorized) return undefined;
  const certificate = connection.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { subjectAltName = '' } = certificate;
  // Node quotes entries with commas or quotes in them. No accepted name needs that.
  if (subjectAltName.includes('"')) return undefined;
  const uris = subjectAltName.split(', ').filter((entry) => entry.startsWith('URI:'));
  if (uris.length > 0) return uris.length === 1 ? ABSOLUTE_URI.exec(uris[0] as string)?.[1] : undefined;
  const names = certificate.subject.split('\n').filter((line) => line.startsWith('CN='));
  return names.length === 1 ? names[0] : undefined;
}
