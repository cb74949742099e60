import { randomBytes } from 'node:crypto';
import type { Issued, TestCa } from '../../test/support/certificates.ts';
import { type DevPlatform, SESSION_AUDIENCE } from '../stack/dev-platform.ts';
import type { Ports } from '../stack/ports.ts';

type Environment = Record<string, string>;

/** Longer than nginx keeps an idle connection to a service (deploy/gateways/nginx/front.conf.template). */
const DRAIN_SECONDS = '3';
const GATEWAY_ID = 'spiffe://example.org/gateway';
const INTROSPECTION_ID = 'spiffe://example.org/introspection';
const PLATFORM_ID = 'spiffe://example.org/platform';

export interface AuthServerPorts {
  readonly http: number;
  readonly grpc: number;
  readonly internal: number;
}

export interface IntrospectionPorts {
  readonly grpc: number;
  readonly fast: number;
}

/** Where everything listens, all on 127.0.0.1. */
export interface DemoPorts {
  readonly authServers: readonly AuthServerPorts[];
  readonly introspection: readonly IntrospectionPorts[];
  readonly gateways: readonly number[];
  readonly platform: number;
  /** The public ports of nginx. */
  readonly auth: number;
  readonly api: number;
}

export async function takePorts(ports: Ports, replicas: number): Promise<DemoPorts> {
  const next = () => ports.next();
  const authServer = async () => ({ http: await next(), grpc: await next(), internal: await next() });
  const replica = async () => ({ grpc: await next(), fast: await next() });
  const introspection: IntrospectionPorts[] = [];
  while (introspection.length < replicas) introspection.push(await replica());
  return {
    authServers: [await authServer(), await authServer()],
    introspection,
    gateways: [await next(), await next()],
    platform: await next(),
    auth: await next(),
    api: await next(),
  };
}

/** The certificates of the services, of the host platform, and of nginx. All have the address 127.0.0.1. */
export function issueCertificates(ca: TestCa) {
  const service = (name: string) =>
    ca.issue({ subject: `/CN=${name}`, names: `URI:spiffe://example.org/${name},DNS:${name},IP:127.0.0.1` });
  return {
    authServer: service('auth-server'),
    introspection: service('introspection'),
    gateway: service('gateway'),
    platform: service('platform'),
    nginx: ca.issue(),
  };
}

type Certificates = ReturnType<typeof issueCertificates>;

export interface SettingsInput {
  readonly ports: DemoPorts;
  readonly certificates: Certificates;
  /** The path of a PEM file. */
  readonly caFile: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly platform: DevPlatform;
}

/** The environment of each service, with mTLS between services as in deploy/systemd. */
export function settingsOf({ ports, certificates, caFile, databaseUrl, redisUrl, platform }: SettingsInput) {
  const credentialKeys = randomBytes(32).toString('hex');
  const webhookKeys = randomBytes(32).toString('hex');
  const issuer = `https://127.0.0.1:${ports.auth}`;
  const resource = `https://127.0.0.1:${ports.api}/api/v3`;
  const addresses = (list: readonly number[]) => list.map((port) => `127.0.0.1:${port}`).join(',');
  const tls = ({ certFile, keyFile }: Issued): Environment => ({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });
  const upstreamTls = ({ certFile, keyFile }: Issued): Environment => ({
    UPSTREAM_TLS_CA_FILE: caFile,
    UPSTREAM_TLS_CERT_FILE: certFile,
    UPSTREAM_TLS_KEY_FILE: keyFile,
    AUTH_SERVER_TLS_NAME: 'auth-server',
  });
  return {
    authServer: ({ http, grpc, internal }: AuthServerPorts): Environment => ({
      ...tls(certificates.authServer),
      TLS_CLIENT_CA_FILE: caFile,
      CALLER_CERTIFICATES: `gateway=${GATEWAY_ID},introspection=${INTROSPECTION_ID},platform=${PLATFORM_ID}`,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      CREDENTIAL_KEYS: credentialKeys,
      WEBHOOK_KEYS: webhookKeys,
      // The receiver of the demo is on this machine.
      WEBHOOK_ALLOW_LOOPBACK: 'true',
      HTTP_PORT: String(http),
      GRPC_PORT: String(grpc),
      INTERNAL_GRPC_PORT: String(internal),
      ISSUER: issuer,
      RESOURCES: resource,
      SESSION_JWKS_URL: platform.jwksUrl,
      SESSION_ISSUER: platform.issuer,
      SESSION_AUDIENCE,
      SIGN_IN_URL: platform.signInUrl,
      TRUSTED_PROXIES: '1',
      // No limit, so that no refresh of the load is rejected.
      REFRESHES_PER_MINUTE: '0',
      DRAIN_SECONDS,
    }),
    introspection: ({ grpc, fast }: IntrospectionPorts): Environment => ({
      ...tls(certificates.introspection),
      ...upstreamTls(certificates.introspection),
      TLS_CLIENT_CA_FILE: caFile,
      CALLER_CERTIFICATES: `gateway=${GATEWAY_ID}`,
      REDIS_URL: redisUrl,
      CREDENTIAL_KEYS: credentialKeys,
      GRPC_PORT: String(grpc),
      FAST_PORT: String(fast),
      AUTH_SERVER_GRPC: addresses(ports.authServers.map(({ internal }) => internal)),
      DRAIN_SECONDS,
    }),
    gateway: (http: number): Environment => ({
      ...tls(certificates.gateway),
      ...upstreamTls(certificates.gateway),
      INTROSPECTION_TLS_NAME: 'introspection',
      HTTP_PORT: String(http),
      ISSUER: issuer,
      RESOURCE: resource,
      INTROSPECTION_ADDRESSES: addresses(ports.introspection.map(({ fast }) => fast)),
      AUTH_SERVER_GRPC: addresses(ports.authServers.map(({ grpc }) => grpc)),
      DRAIN_SECONDS,
    }),
  };
}
