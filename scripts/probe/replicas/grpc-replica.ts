import { createSecureContext } from 'node:tls';
import { ReplicatedClient } from '@featureos/introspection-client';
import { hostPort } from '#common/process/host-port.ts';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { type Replica, TIMEOUT_MS } from './replica.ts';

/** IntrospectionService at one address of a `grpc:` or `grpcs:` URL. `serviceToken`: the service token of a gateway. */
export function grpcReplica(url: URL, address: string, name: string, serviceToken: string): Replica {
  const client = new ReplicatedClient(
    {
      addresses: [hostPort(address, Number(url.port))],
      serviceToken,
      timeoutMs: TIMEOUT_MS,
      // Uses Node's CAs; NODE_EXTRA_CA_CERTS adds a private one.
      ...(url.protocol === 'grpcs:' && { tls: { secureContext: createSecureContext() }, tlsName: url.hostname }),
    },
    [],
  );
  return {
    name,
    isActive: async (token) => (await client.call(IntrospectionService.method.introspect, { token })).active,
    close: () => client.close(),
  };
}
