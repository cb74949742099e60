import type { DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import {
  type ErrorDetail,
  type ErrorReason,
  ErrorReasonSchema,
} from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { grpcCodeOf } from '../../../services/common/errors/wire.ts';

export interface CallOptions {
  /** The credential in `authorization`; default: none. */
  readonly bearer?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** The response of a call and its headers (empty if the client does not expose them). */
export interface RpcResponse<Message> {
  readonly message: Message;
  readonly headers: Headers;
}

/** A client of one kind at one address. All kinds have the same interface. */
export interface RpcClient {
  /** Rejects with an RpcFailure. */
  call<Method extends DescMethodUnary>(
    method: Method,
    request: MessageInitShape<Method['input']>,
    options?: CallOptions,
  ): Promise<RpcResponse<MessageShape<Method['output']>>>;
  close(): void;
}

/** A client that is built before the tests of the current file or block, and closed after them. */
export function sharedClient(build: () => RpcClient): RpcClient {
  let client: RpcClient;
  beforeAll(() => {
    client = build();
  });
  afterAll(() => client?.close());
  return { call: (...args) => client.call(...args), close: () => client.close() };
}

/** A client that is closed after the current test. */
export function ownClient(client: RpcClient): RpcClient {
  onTestFinished(() => client.close());
  return client;
}

/** A failed call, in any protocol. */
export class RpcFailure extends Error {
  readonly code: Code;
  readonly detail: ErrorDetail | undefined;
  /** Headers and trailers, as far as the client exposes them. */
  readonly metadata: Headers;

  constructor(code: Code, message: string, detail: ErrorDetail | undefined, metadata = new Headers()) {
    super(message);
    this.name = 'RpcFailure';
    this.code = code;
    this.detail = detail;
    this.metadata = metadata;
  }
}

/** The failure of a call that must fail with `reason` in its ErrorDetail, and with the gRPC code of that reason in the contract. */
export async function expectFailure(call: Promise<unknown>, reason: ErrorReason): Promise<RpcFailure> {
  const failure = await failureOf(call);
  expect(readableFailure(failure.code, failure.detail?.reason)).toEqual(readableFailure(grpcCodeOf(reason), reason));
  return failure;
}

export async function failureOf(call: Promise<unknown>): Promise<RpcFailure> {
  const outcome = await call.then(
    () => expect.fail('the call was expected to fail'),
    (error) => error,
  );
  expect(outcome).toBeInstanceOf(RpcFailure);
  return outcome;
}

/** Names instead of numbers, for readable assertion messages. */
const readableFailure = (code: Code, reason: ErrorReason | undefined) => ({
  code: Code[code],
  reason: reason === undefined ? 'no detail' : ErrorReasonSchema.value[reason]?.localName,
});
