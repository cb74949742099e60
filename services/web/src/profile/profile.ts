import type { Message } from '@bufbuild/protobuf';
import { type AppProfile, AppVerification } from '#gen/featureos/oauth/v1/app_pb.ts';

/** How an app presents itself. An App has these fields, too. */
export type Profile = Omit<AppProfile, keyof Message>;

export const isVerified = ({ verification }: Pick<Profile, 'verification'>): boolean =>
  verification === AppVerification.VERIFIED;
