import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';

/** A gRPC client of the server at `host:port`, with that bearer credential. */
export function rpcClient<Service extends DescService>(
  service: Service,
  address: string,
  bearer?: string,
): Client<Service> {
  const authenticate: Interceptor = (next) => (request) => {
    if (bearer !== undefined) request.header.set('authorization', `Bearer ${bearer}`);
    return next(request);
  };
  return createClient(service, createGrpcTransport({ baseUrl: `http://${address}`, interceptors: [authenticate] }));
}
