import { create, toBinary } from '@bufbuild/protobuf';
import { InactiveReason, IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';

/** The encoded answer about a token that is of no use. */
export const inactive = (inactiveReason: InactiveReason): Uint8Array =>
  toBinary(IntrospectResponseSchema, create(IntrospectResponseSchema, { active: false, inactiveReason }));

const EXPIRED = inactive(InactiveReason.EXPIRED);

/** What an encoded answer is now. Times in ms since 1970; `expiresAt` is 0 for one that does not expire. */
export const answerAt = (now: number, answer: Uint8Array, expiresAt: number): Uint8Array =>
  expiresAt !== 0 && expiresAt <= now ? EXPIRED : answer;
