import type { Metric } from '../process/metrics-server.ts';
import type { ServerTls } from './server-tls.ts';

/** Since the start of a process. */
export interface SecurityCounts {
  readonly fileReloadsFailed: number;
  readonly handshakesFailed: number;
}

/** `prefix`: the start of the service's metric names. */
export function securityMetrics(
  prefix: string,
  counts: () => SecurityCounts | Promise<SecurityCounts>,
  tls: ServerTls | undefined,
): Metric[] {
  const reloads: Metric = {
    name: `${prefix}_file_reloads_failed_total`,
    help: 'Changed certificate, token and key files that could not be used; their previous contents remain in use',
    read: async () => (await counts()).fileReloadsFailed,
  };
  if (tls === undefined) return [reloads];
  return [
    reloads,
    {
      name: `${prefix}_tls_handshakes_failed_total`,
      help: 'Failed TLS handshakes, including those of clients without a required certificate',
      read: async () => (await counts()).handshakesFailed,
    },
    {
      name: `${prefix}_tls_certificate_expiry_timestamp_seconds`,
      help: 'When the certificate of the server expires',
      read: () => tls.expiresAtMs / 1_000,
    },
  ];
}
