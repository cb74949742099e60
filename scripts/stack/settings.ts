import { serviceTokenDigest } from '#common/callers/service-tokens.ts';
import { type DevPlatform, SESSION_AUDIENCE } from './dev-platform.ts';
import type { Ports } from './ports.ts';
import type { Secrets } from './secrets.ts';

/** Where the services of a stack listen, `host:port` each. */
export interface Addresses {
  readonly authServerHttp: string;
  readonly authServerGrpc: string;
  readonly gatewayHttp: string;
  readonly platform: string;
  readonly introspectionGrpc: readonly string[];
  /** One address for each replica, in the order of introspectionGrpc. */
  readonly introspectionFastPort: readonly string[];
  readonly authServerInternal: string;
  /** Each replica's HTTP port, which proxies call, in the order of introspectionGrpc. */
  readonly introspectionHttp: readonly string[];
}

/** In the order that `--port-base` documents. */
export async function takeAddresses(ports: Ports, replicas: number): Promise<Addresses> {
  const address = async () => `127.0.0.1:${await ports.next()}`;
  const authServerHttp = await address();
  const authServerGrpc = await address();
  const gatewayHttp = await address();
  const platform = await address();
  const introspectionGrpc: string[] = [];
  const introspectionFastPort: string[] = [];
  while (introspectionGrpc.length < replicas) introspectionGrpc.push(await address());
  while (introspectionFastPort.length < replicas) introspectionFastPort.push(await address());
  const authServerInternal = await address();
  const introspectionHttp: string[] = [];
  while (introspectionHttp.length < replicas) introspectionHttp.push(await address());
  return {
    authServerHttp,
    authServerGrpc,
    gatewayHttp,
    platform,
    introspectionGrpc,
    introspectionFastPort,
    authServerInternal,
    introspectionHttp,
  };
}

type Environment = Record<string, string>;

/** The environment of each service of a stack. */
export class Settings {
  readonly #addresses: Addresses;
  readonly #secrets: Secrets;
  readonly #shared: Environment;

  constructor(addresses: Addresses, secrets: Secrets, redisUrl: string) {
    this.#addresses = addresses;
    this.#secrets = secrets;
    this.#shared = {
      REDIS_URL: redisUrl,
      CREDENTIAL_KEYS: secrets.credentialKey,
      CALLER_TOKENS: Object.entries(secrets.tokens)
        .map(([kind, token]) => `${kind}=${serviceTokenDigest(token)}`)
        .join(','),
      OPEN_REFLECTION: 'true',
      DRAIN_SECONDS: '0',
      // The connections of `npm run bench` must last for a whole run.
      GRPC_MAX_CONNECTION_AGE_MS: String(60 * 60_000),
    };
  }

  authServer(databaseUrl: string, platform: Pick<DevPlatform, 'jwksUrl' | 'issuer' | 'signInUrl'>): Environment {
    const { authServerHttp, authServerGrpc, authServerInternal } = this.#addresses;
    return {
      ...this.#shared,
      DATABASE_URL: databaseUrl,
      WEBHOOK_KEYS: this.#secrets.webhookKey,
      WEBHOOK_ALLOW_LOOPBACK: 'true',
      HTTP_PORT: portOf(authServerHttp),
      GRPC_PORT: portOf(authServerGrpc),
      INTERNAL_GRPC_PORT: portOf(authServerInternal),
      ISSUER: `http://${authServerHttp}`,
      RESOURCES: apiOf(this.#addresses),
      SESSION_JWKS_URL: platform.jwksUrl,
      SESSION_ISSUER: platform.issuer,
      SESSION_AUDIENCE,
      SIGN_IN_URL: platform.signInUrl,
    };
  }

  introspection(replica: number): Environment {
    const { introspectionGrpc, introspectionFastPort, introspectionHttp } = this.#addresses;
    return {
      ...this.#shared,
      GRPC_PORT: portOf(introspectionGrpc[replica] as string),
      FAST_PORT: portOf(introspectionFastPort[replica] as string),
      AUTHZ_HTTP_PORT: portOf(introspectionHttp[replica] as string),
      AUTH_SERVER_GRPC: this.#addresses.authServerInternal,
      AUTH_SERVER_TOKEN: this.#secrets.tokens.introspection,
    };
  }

  gateway(): Environment {
    const { gatewayHttp, authServerHttp, authServerGrpc, introspectionFastPort } = this.#addresses;
    return {
      DRAIN_SECONDS: '0',
      HTTP_PORT: portOf(gatewayHttp),
      RESOURCE: apiOf(this.#addresses),
      ISSUER: `http://${authServerHttp}`,
      INTROSPECTION_ADDRESSES: introspectionFastPort.join(','),
      AUTH_SERVER_GRPC: authServerGrpc,
      SERVICE_TOKEN: this.#secrets.tokens.gateway,
    };
  }
}

/** The base URL of the v3 API, which is also its identifier as a resource (RFC 8707). */
const apiOf = ({ gatewayHttp }: Addresses): string => `http://${gatewayHttp}/api/v3`;

const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1);
