import type { ResponseSink } from '#common/rpc/response-sink.ts';
import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import type { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Introspector } from './introspector.ts';

/** IntrospectionService for the standard port. Answers are encoded already. */
export function introspectionService(introspector: Introspector): UnaryHandlers<typeof IntrospectionService> {
  return {
    introspect: ({ token }, { deadline }) => response((sink) => introspector.introspect(token, deadline, sink)),
    batchIntrospect: ({ tokens }, { deadline }) =>
      response((sink) => introspector.introspectAll(tokens, deadline, sink)),
  };
}

function response(ask: (sink: ResponseSink) => void): Promise<Uint8Array> {
  return new Promise((respond, refuse) => ask({ respond, refuse }));
}
