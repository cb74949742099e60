import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';

/** What a client needs for mTLS, in PEM. */
export interface ClientTls {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A gRPC client of the server at `host:port` or an http: or https: URL. Authenticates with `bearer` or `tls`. */
export function rpcClient<Service extends DescService>(
  service: Service,
  address: string,
  bearer?: string,
  tls?: ClientTls,
): Client<Service> {
  const authenticate: Interceptor = (next) => (request) => {
    if (bearer !== undefined) request.header.set('authorization', `Bearer ${bearer}`);
    return next(request);
  };
  const baseUrl = /^https?:/.test(address) ? address : `${tls === undefined ? 'http' : 'https'}://${address}`;
  const options = { baseUrl, interceptors: [authenticate], ...(tls !== undefined && { nodeOptions: { ...tls } }) };
  return createClient(service, createGrpcTransport(options));
}
