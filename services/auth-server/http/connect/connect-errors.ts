import { Code, ConnectError } from '@connectrpc/connect';
import { createAsyncIterable, type UniversalServerResponse } from '@connectrpc/connect/protocol';
import { codeToHttpStatus, errorToJsonBytes } from '@connectrpc/connect/protocol-connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { asAppError, errorDetail, grpcCodeOf } from '#common/errors/wire.ts';
import { ErrorDetailSchema } from '#gen/featureos/oauth/v1/error_reason_pb.ts';

/** The error as a ConnectError with its ErrorDetail; an unexpected error gets a fixed message. */
export function toConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  const appError = asAppError(error);
  return new ConnectError(appError.message, grpcCodeOf(appError.reason) as Code, undefined, [
    { desc: ErrorDetailSchema, value: errorDetail(appError) },
  ]);
}

/** Whether this is a content type of gRPC or gRPC-Web, whose errors are gRPC statuses. */
export const isGrpc = (contentType: string): boolean => /^application\/grpc\b/i.test(contentType);

/** The bytes before the trailers of a gRPC-Web body: flags and length. */
const FRAME_HEADER_BYTES = 5;

/** A response with only an error, in the protocol of the request. */
export function errorResponse(error: ConnectError, contentType: string): UniversalServerResponse {
  if (isGrpc(contentType)) {
    const header = new Headers({ 'content-type': contentType });
    setTrailerStatus(header, error);
    return { status: 200, header };
  }
  return {
    status: codeToHttpStatus(error.code),
    header: new Headers({ 'content-type': 'application/json' }),
    body: createAsyncIterable([errorToJsonBytes(error, undefined)]),
  };
}

/**
 * Whether a response is an internal error: HTTP 500 in Connect; in gRPC-Web, INTERNAL in trailers that no message precedes.
 * May read the body of the response, and then replaces it with a copy.
 */
export async function isInternalError(response: { status: number; body?: unknown }): Promise<boolean> {
  if (response.status === codeToHttpStatus(Code.Internal)) return true;
  const chunks: Uint8Array[] = [];
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) chunks.push(chunk);
  response.body = createAsyncIterable(chunks);
  const trailers = Buffer.concat(chunks).toString('latin1', FRAME_HEADER_BYTES);
  return new RegExp(`^grpc-status: *${Code.Internal}\\r?$`, 'm').test(trailers);
}
