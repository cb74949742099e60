import type { Message } from '@bufbuild/protobuf';
import { type AppProfile, AppVerification } from '#gen/featureos/oauth/v1/app_pb.ts';

/** The public profile of an app. An App also has these fields. */
export type Profile = Omit<AppProfile, keyof Message>;

export const isVerified = ({ verification }: Pick<Profile, 'verification'>): boolean =>
  verification === AppVerification.VERIFIED;
