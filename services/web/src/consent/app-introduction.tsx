import type { ConsentApp } from '#gen/featureos/oauth/v1/consent_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { AppLogo } from '../profile/app-logo.tsx';
import { ProfileSummary } from '../profile/profile-summary.tsx';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Monogram } from '../ui/monogram.tsx';
import { Name } from '../ui/name.tsx';
import { PageTitle } from '../ui/page-title.tsx';

interface AppIntroductionProps {
  readonly app: ConsentApp | undefined;
  /** Undefined until one is chosen. */
  readonly organization: OrganizationRef | undefined;
}

/** The app that requests access, the organization to which it would connect, and who built the app. */
export function AppIntroduction({ app, organization }: AppIntroductionProps) {
  const words = text.consent;
  const name = app?.name ?? '';
  const owner = app?.ownerOrganization;
  return (
    <div className="introduction">
      <div className="introduction-pair">
        <AppLogo name={name} clientId={app?.clientId ?? ''} path={app?.profile?.logoPath} size="large" />
        <span className="introduction-link" aria-hidden="true" />
        <Monogram
          name={organization?.name ?? '?'}
          seed={organization?.subdomain ?? ''}
          shape="organization"
          size="large"
        />
      </div>
      <PageTitle documentTitle={words.documentTitle(name)}>
        <Interpolate
          text={organization ? words.title : words.titleOpen}
          app={<Name>{name}</Name>}
          organization={organization && <Name>{organization.name}</Name>}
        />
      </PageTitle>
      <p className="muted">
        <Interpolate text={words.owner} owner={<Name>{owner?.name ?? ''}</Name>} />
      </p>
      {app?.profile && <ProfileSummary profile={app.profile} owner={owner?.name ?? ''} />}
    </div>
  );
}
