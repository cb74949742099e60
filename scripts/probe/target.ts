import type { StackInfo } from '../stack/stack-file.ts';
import { authenticatedClient } from './authenticated-client.ts';
import type { ServerOptions } from './options.ts';
import { findReplicas } from './replicas/find-replicas.ts';
import { grpcReplica } from './replicas/grpc-replica.ts';
import { introspectionReplica, resourceReplica } from './replicas/http-replica.ts';
import type { Replica } from './replicas/replica.ts';
import { oauthSource } from './sources/oauth-source.ts';
import { stackSource } from './sources/stack-source.ts';
import type { TokenSource } from './sources/token-source.ts';

/** The server to measure. */
export interface Target {
  readonly source: TokenSource;
  /** Resolves names again, so that each round uses the current replicas. */
  replicas(): Promise<readonly Replica[]>;
}

/** The stack of `npm start`. Registers an app, which is deleted when the source is closed. */
export async function stackTarget(stack: StackInfo): Promise<Target> {
  const urls = stack.introspection.grpc.split(',').map((address) => new URL(`grpc://${address}`));
  return {
    source: await stackSource(stack),
    replicas: () =>
      findReplicas(urls, (url, address, name) => grpcReplica(url, address, name, stack.credentials.gateway)),
  };
}

/** Any server, with secrets from the environment. */
export async function serverTarget(options: ServerOptions, environment: NodeJS.ProcessEnv): Promise<Target> {
  const {
    PROBE_CLIENT_SECRET: secret,
    PROBE_INTROSPECTION_CLIENT_SECRET: introspectionSecret,
    PROBE_SERVICE_TOKEN: serviceToken = '',
  } = environment;
  const { clientId, introspectionClientId, introspection, resources } = options;
  const caller = authenticatedClient(clientId, secret);
  const introspectionCaller =
    introspectionClientId === undefined ? caller : authenticatedClient(introspectionClientId, introspectionSecret);
  const introspectionAt = (url: URL, address: string, name: string) =>
    url.protocol.startsWith('grpc')
      ? grpcReplica(url, address, name, serviceToken)
      : introspectionReplica(url, address, name, introspectionCaller);
  return {
    source: await oauthSource({ ...options, caller }),
    replicas: async () => [
      ...(await findReplicas(introspection, introspectionAt)),
      ...(await findReplicas(resources, resourceReplica)),
    ],
  };
}
