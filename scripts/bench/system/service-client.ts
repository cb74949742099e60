import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import type { StackInfo } from '../../stack/stack-file.ts';

/** A client of auth-server's gRPC port, with the service token of that kind. */
export function authServerClient<S extends DescService>(
  { auth_server, credentials }: StackInfo,
  service: S,
  caller: 'platform' | 'operator',
): Client<S> {
  const authenticate: Interceptor = (next) => (request) => {
    request.header.set('authorization', `Bearer ${credentials[caller]}`);
    return next(request);
  };
  const transport = createGrpcTransport({ baseUrl: `http://${auth_server.grpc}`, interceptors: [authenticate] });
  return createClient(service, transport);
}
