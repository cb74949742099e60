import type { Metric } from '../process/metrics-server.ts';

/** Since the start of a process. */
export interface SecurityCounts {
  readonly fileReloadsFailed: number;
  readonly handshakesFailed: number;
}

/** The certificates of a process as a server and as a client; undefined: none. */
export interface Certificates {
  readonly server?: { readonly expiresAtMs: number } | undefined;
  readonly client?: { readonly expiresAtMs: number | undefined } | undefined;
}

/** `prefix`: how the names of the service's metrics begin. */
export function securityMetrics(
  prefix: string,
  counts: () => SecurityCounts | Promise<SecurityCounts>,
  { server, client }: Certificates,
): Metric[] {
  const metrics: Metric[] = [
    {
      name: `${prefix}_file_reloads_failed_total`,
      help: 'Changed certificate, token and key files that could not be used; their previous contents remain in use',
      read: async () => (await counts()).fileReloadsFailed,
    },
  ];
  if (server !== undefined) {
    metrics.push({
      name: `${prefix}_tls_handshakes_failed_total`,
      help: 'Failed TLS handshakes, including those of clients without a required certificate',
      read: async () => (await counts()).handshakesFailed,
    });
  }
  if (server !== undefined || client?.expiresAtMs !== undefined) {
    metrics.push({
      name: `${prefix}_tls_certificate_expiry_timestamp_seconds`,
      help: 'When the certificate of TLS_CERT_FILE (server) or UPSTREAM_TLS_CERT_FILE (client) expires',
      label: 'certificate',
      read: () => ({ ...secondsOf('server', server?.expiresAtMs), ...secondsOf('client', client?.expiresAtMs) }),
    });
  }
  return metrics;
}

const secondsOf = (name: string, ms: number | undefined): Record<string, number> =>
  ms === undefined ? {} : { [name]: ms / 1_000 };
