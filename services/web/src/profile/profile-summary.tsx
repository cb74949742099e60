import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { linksOf } from './links.ts';
import { isVerified, type Profile } from './profile.ts';
import { VerificationTag } from './verification-tag.tsx';

interface ProfileSummaryProps {
  readonly profile: Profile;
  /** The name of the organization that owns the app. */
  readonly owner: string;
}

/** The description and links of an app, and whether an operator has verified who built it. */
export function ProfileSummary({ profile, owner }: ProfileSummaryProps) {
  const words = text.profile;
  const links = linksOf(profile);
  return (
    <div className="profile">
      {profile.description !== '' && (
        <p>
          <bdi>{profile.description}</bdi>
        </p>
      )}
      {links.length > 0 && (
        <ul className="profile-links">
          {links.map(({ label, href, destination }) => (
            <li key={label}>
              <a href={href} target="_blank" rel="noopener noreferrer nofollow">
                {label}
              </a>{' '}
              <span className="muted">{destination}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="profile-verification">
        <VerificationTag profile={profile} />{' '}
        <span className="muted">
          <Interpolate
            text={isVerified(profile) ? words.verifiedBody : words.notVerifiedBody}
            owner={<Name>{owner}</Name>}
          />
        </span>
      </p>
    </div>
  );
}
