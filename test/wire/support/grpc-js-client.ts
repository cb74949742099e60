import { create, type DescMethodUnary, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { errorDetailOf } from '../../../packages/introspection-client/replicated-client/error-detail.ts';
import { grpcMethod } from '../../support/grpc-method.ts';
import { type CallOptions, type RpcClient, RpcFailure, type RpcResponse } from './rpc-client.ts';

/** `@grpc/grpc-js`, as gateways use it, on its own connection. Default: plain text. */
export function grpcJsClient(
  address: string,
  channelCredentials: ChannelCredentials = credentials.createInsecure(),
): RpcClient {
  const client = new Client(address, channelCredentials, { 'grpc.use_local_subchannel_pool': 1 });
  return {
    call<Method extends DescMethodUnary>(
      method: Method,
      request: MessageInitShape<Method['input']>,
      options: CallOptions = {},
    ) {
      const { path, requestSerialize, responseDeserialize } = grpcMethod(method);
      const message = create(method.input, request) as MessageShape<Method['input']>;
      return new Promise<RpcResponse<MessageShape<Method['output']>>>((resolve, reject) => {
        let headers = new Headers();
        const deadline = options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + options.timeoutMs;
        const call = client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          message,
          metadataOf(options),
          { deadline },
          (error, response) => (error ? reject(toFailure(error)) : resolve({ message: response as never, headers })),
        );
        call.on('metadata', (metadata) => {
          headers = toHeaders(metadata);
        });
      });
    },
    close: () => client.close(),
  };
}

function metadataOf({ bearer, headers = {} }: CallOptions): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  if (bearer !== undefined) metadata.add('authorization', `Bearer ${bearer}`);
  return metadata;
}

const toFailure = (error: ServiceError) =>
  new RpcFailure(error.code as number, error.details, errorDetailOf(error), toHeaders(error.metadata));

function toHeaders(metadata: Metadata): Headers {
  const texts = Object.entries(metadata.getMap()).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return new Headers(texts);
}
