import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { invalidRequest } from '#common/errors/app-error.ts';
import {
  BatchIntrospectRequestSchema,
  IntrospectionService,
  IntrospectRequestSchema,
} from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Introspector } from './introspector.ts';
import type { LaneMethods, LaneReply } from './lane-methods.ts';
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
    const request = decoded(IntrospectRequestSchema, octets.subarray(start, end), reply);
    if (request !== undefined) introspector.introspect(request.token, reply.deadline, reply);
  });
  lane.addDirect(batchIntrospect, (octets, start, end, reply) => {
    const tokens =
      plainTokens(octets, start, end) ??
      decoded(BatchIntrospectRequestSchema, octets.subarray(start, end), reply)?.tokens;
    if (tokens !== undefined) introspector.introspectAll(tokens, reply.deadline, reply);
  });
}

const NONE: readonly string[] = [];

/** Undefined, and the call refused, for octets that are no such message. */
function decoded<Desc extends DescMessage>(
  schema: Desc,
  octets: Uint8Array,
  reply: LaneReply,
): MessageShape<Desc> | undefined {
  try {
    return fromBinary(schema, octets);
  } catch {
    reply.refuse(invalidRequest('the message cannot be decoded'));
    return undefined;
  }
}
