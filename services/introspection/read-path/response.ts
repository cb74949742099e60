import { create, toBinary } from '@bufbuild/protobuf';
import { hasExpired } from '#common/token-state/expiry.ts';
import { InactiveReason, IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';

export const inactiveResponse = (inactiveReason: InactiveReason): Uint8Array =>
  toBinary(IntrospectResponseSchema, create(IntrospectResponseSchema, { active: false, inactiveReason }));

const EXPIRED = inactiveResponse(InactiveReason.EXPIRED);

/** `response`, or EXPIRED from `expiresAt` on. Times in ms since 1970; 0 for an inactive token, which does not expire. */
export const responseAt = (now: number, response: Uint8Array, expiresAt: number): Uint8Array =>
  hasExpired(expiresAt, now) ? EXPIRED : response;
