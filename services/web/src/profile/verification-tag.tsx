import { text } from '../text.ts';
import { Tag } from '../ui/tag.tsx';
import { isVerified, type Profile } from './profile.ts';

export function VerificationTag({ profile }: { readonly profile: Pick<Profile, 'verification'> }) {
  return isVerified(profile) ? (
    <Tag tone="good">{text.profile.verified}</Tag>
  ) : (
    <Tag tone="warning">{text.profile.notVerified}</Tag>
  );
}
