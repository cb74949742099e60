import { activeSpan } from '#common/observe/trace-context.ts';
import type { UnaryH2Methods } from '#common/rpc/unary-h2-methods.ts';
import { decodeRequest, type UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import {
  BatchIntrospectRequestSchema,
  IntrospectionService,
  IntrospectRequestSchema,
} from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Introspector } from './introspector.ts';
import { responsePromise } from './response-promise.ts';
import { plainTokens } from './wire-format.ts';

/** IntrospectionService on the standard port. Responses are already encoded. */
export function introspectionService(introspector: Introspector): UnaryHandlers<typeof IntrospectionService> {
  return {
    introspect: ({ token }, { deadline }) =>
      responsePromise((responder) => introspector.introspect(token, { deadline, span: activeSpan() }, responder)),
    batchIntrospect: ({ tokens }, { deadline }) =>
      responsePromise((responder) => introspector.introspectAll(tokens, { deadline, span: activeSpan() }, responder)),
  };
}

/**
 * IntrospectionService on the fast port, from encoded requests to encoded responses, without a promise. Only unusual requests
 * need the general decoder.
 */
export function addIntrospectionBytesHandlers(fastMethods: UnaryH2Methods, introspector: Introspector): void {
  const { introspect, batchIntrospect } = IntrospectionService.method;
  fastMethods.addBytesHandler(introspect, (bytes, start, end, reply) => {
    const tokens = plainTokens(bytes, start, end);
    const token =
      tokens?.length === 1
        ? (tokens[0] as string)
        : decodeRequest(IntrospectRequestSchema, bytes.subarray(start, end)).token;
    introspector.introspect(token, reply, reply);
  });
  fastMethods.addBytesHandler(batchIntrospect, (bytes, start, end, reply) => {
    const tokens =
      plainTokens(bytes, start, end) ?? decodeRequest(BatchIntrospectRequestSchema, bytes.subarray(start, end)).tokens;
    introspector.introspectAll(tokens, reply, reply);
  });
}
