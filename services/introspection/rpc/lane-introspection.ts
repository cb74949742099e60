import {
  BatchIntrospectRequestSchema,
  IntrospectionService,
  IntrospectRequestSchema,
} from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { decodedRequest } from './decoded-request.ts';
import type { Introspector } from './introspector.ts';
import type { LaneMethods } from './lane-methods.ts';
import { plainTokens } from './request-octets.ts';

/** IntrospectionService on the lane, from octets to octets: the usual request is neither decoded nor waited for. */
export function addIntrospection(lane: LaneMethods, introspector: Introspector): void {
  const { introspect, batchIntrospect } = IntrospectionService.method;
  lane.addDirect(introspect, (octets, start, end, reply) => {
    const [token, ...more] = plainTokens(octets, start, end) ?? NONE;
    if (token !== undefined && more.length === 0) {
      introspector.introspect(token, reply.deadline, reply);
      return;
    }
    const request = decodedRequest(IntrospectRequestSchema, octets.subarray(start, end), reply);
    if (request !== undefined) introspector.introspect(request.token, reply.deadline, reply);
  });
  lane.addDirect(batchIntrospect, (octets, start, end, reply) => {
    const tokens =
      plainTokens(octets, start, end) ??
      decodedRequest(BatchIntrospectRequestSchema, octets.subarray(start, end), reply)?.tokens;
    if (tokens !== undefined) introspector.introspectAll(tokens, reply.deadline, reply);
  });
}

const NONE: readonly string[] = [];
