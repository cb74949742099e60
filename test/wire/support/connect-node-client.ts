import type { DescMethodUnary, MessageInitShape } from '@bufbuild/protobuf';
import { ConnectError, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { ErrorDetailSchema } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { type CallOptions, type RpcClient, RpcFailure } from './rpc-client.ts';

/** connect-node with gRPC over one HTTP/2 connection. */
export function connectNodeGrpcClient(address: string): RpcClient {
  const baseUrl = `http://${address}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  return clientOver(createGrpcTransport({ baseUrl, sessionManager }), () => sessionManager.abort());
}

/** connect-node over HTTP/1.1, as from a browser. `useHttpGet`: methods without side effects as GET. */
export function connectNodeClientOverHttp1(
  protocol: 'grpc-web' | 'connect',
  baseUrl: string,
  { useBinaryFormat = true, useHttpGet = false } = {},
): RpcClient {
  const options = { baseUrl, httpVersion: '1.1', useBinaryFormat } as const;
  const transport =
    protocol === 'connect' ? createConnectTransport({ ...options, useHttpGet }) : createGrpcWebTransport(options);
  return clientOver(transport, () => {});
}

function clientOver(transport: Transport, close: () => void): RpcClient {
  return {
    async call<Method extends DescMethodUnary>(
      method: Method,
      request: MessageInitShape<Method['input']>,
      { bearer, headers, timeoutMs }: CallOptions = {},
    ) {
      const header = new Headers(headers);
      if (bearer !== undefined) header.set('authorization', `Bearer ${bearer}`);
      try {
        const response = await transport.unary(method, undefined, timeoutMs, header, request);
        return { message: response.message as never, headers: response.header };
      } catch (error) {
        throw toFailure(ConnectError.from(error));
      }
    },
    close,
  };
}

const toFailure = (error: ConnectError) =>
  new RpcFailure(error.code, error.rawMessage, error.findDetails(ErrorDetailSchema)[0], error.metadata);
