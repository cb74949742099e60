import type { UnaryH2Methods } from '#common/rpc/unary-h2-methods.ts';
import { decodeRequest, type UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import {
  BatchIntrospectRequestSchema,
  IntrospectionService,
  IntrospectRequestSchema,
} from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Introspector } from './introspector.ts';
import { response } from './response.ts';
import { plainTokens } from './wire-format.ts';

/** IntrospectionService for the standard port. Answers are encoded already. */
export function introspectionService(introspector: Introspector): UnaryHandlers<typeof IntrospectionService> {
  return {
    introspect: ({ token }, { deadline }) => response((sink) => introspector.introspect(token, deadline, sink)),
    batchIntrospect: ({ tokens }, { deadline }) =>
      response((sink) => introspector.introspectAll(tokens, deadline, sink)),
  };
}

/** The same from bytes to bytes, for the fast port: the usual request is neither decoded nor waited for. */
export function addDirectIntrospection(port: UnaryH2Methods, introspector: Introspector): void {
  const { introspect, batchIntrospect } = IntrospectionService.method;
  port.addDirect(introspect, (bytes, start, end, reply) => {
    const tokens = plainTokens(bytes, start, end);
    const token =
      tokens?.length === 1
        ? (tokens[0] as string)
        : decodeRequest(IntrospectRequestSchema, bytes.subarray(start, end)).token;
    introspector.introspect(token, reply.deadline, reply);
  });
  port.addDirect(batchIntrospect, (bytes, start, end, reply) => {
    const tokens =
      plainTokens(bytes, start, end) ?? decodeRequest(BatchIntrospectRequestSchema, bytes.subarray(start, end)).tokens;
    introspector.introspectAll(tokens, reply.deadline, reply);
  });
}
