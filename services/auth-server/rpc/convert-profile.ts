import { create, type Message } from '@bufbuild/protobuf';
import { invalidFields } from '#common/errors/app-error.ts';
import { AppProfileSchema, AppVerification, type AppProfile as ProtoProfile } from '#gen/featureos/oauth/v1/app_pb.ts';
import { type AppProfile, logoPath, type Verification } from '../domain/app/app-profile.ts';

const VERIFICATIONS: Record<Verification, AppVerification> = {
  not_reviewed: AppVerification.NOT_REVIEWED,
  verified: AppVerification.VERIFIED,
};

export const toProtoVerification = (verification: Verification): AppVerification => VERIFICATIONS[verification];

/** Rejects UNSPECIFIED and values that this version does not know. */
export function fromProtoVerification(verification: AppVerification): Verification {
  const found = (Object.keys(VERIFICATIONS) as Verification[]).find((name) => VERIFICATIONS[name] === verification);
  if (found !== undefined) return found;
  const message = 'must be APP_VERIFICATION_VERIFIED or APP_VERIFICATION_NOT_REVIEWED';
  throw invalidFields([{ field: 'verification', message }]);
}

export function toProtoProfile(profile: AppProfile): ProtoProfile {
  return create(AppProfileSchema, {
    description: profile.description ?? '',
    homepageUrl: profile.homepageUrl ?? '',
    privacyPolicyUrl: profile.privacyPolicyUrl ?? '',
    termsUrl: profile.termsUrl ?? '',
    supportAddress: profile.supportAddress ?? '',
    initiateLoginUri: profile.initiateLoginUri ?? '',
    logoPath: logoPath(profile.logoHash) ?? '',
    verification: toProtoVerification(profile.verification),
  } satisfies Omit<ProtoProfile, keyof Message>);
}
