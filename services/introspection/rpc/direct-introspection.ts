import type { UnaryH2Methods } from '#common/rpc/unary-h2-methods.ts';
import { decodeRequest } from '#common/rpc/unary-handlers.ts';
import {
  BatchIntrospectRequestSchema,
  IntrospectionService,
  IntrospectRequestSchema,
} from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Introspector } from './introspector.ts';
import { plainTokens } from './request-octets.ts';

/** IntrospectionService from bytes to bytes, for the fast port: the usual request is neither decoded nor waited for. */
export function addDirectIntrospection(port: UnaryH2Methods, introspector: Introspector): void {
  const { introspect, batchIntrospect } = IntrospectionService.method;
  port.addDirect(introspect, (bytes, start, end, reply) => {
    const [plain, ...more] = plainTokens(bytes, start, end) ?? NONE;
    const token =
      plain !== undefined && more.length === 0
        ? plain
        : decodeRequest(IntrospectRequestSchema, bytes.subarray(start, end)).token;
    introspector.introspect(token, reply.deadline, reply);
  });
  port.addDirect(batchIntrospect, (bytes, start, end, reply) => {
    const tokens =
      plainTokens(bytes, start, end) ?? decodeRequest(BatchIntrospectRequestSchema, bytes.subarray(start, end)).tokens;
    introspector.introspectAll(tokens, reply.deadline, reply);
  });
}

const NONE: readonly string[] = [];
