import type { RegisterAppResponse } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { addresses } from '../routing/addresses.ts';
import { Link } from '../routing/link.tsx';
import { text } from '../text.ts';
import { CodeValue } from '../ui/code-value.tsx';
import { Fill } from '../ui/fill.tsx';
import { Name } from '../ui/name.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';

interface AppCreatedProps {
  readonly answer: RegisterAppResponse;
  readonly organization: OrganizationRef;
}

/** The one moment at which the first secret can be seen. */
export function AppCreated({ answer: { app, clientId, clientSecret }, organization }: AppCreatedProps) {
  const words = text.appCreated;
  const name = app?.name ?? '';
  return (
    <>
      <PageTitle documentTitle={name}>
        <Fill text={words.title} app={<Name>{name}</Name>} />
      </PageTitle>
      <div className="card">
        <Notice tone="warning" title={words.secretTitle} live="status">
          {words.secretBody}
        </Notice>
        <CodeValue label={words.clientId} value={clientId} />
        <CodeValue label={words.clientSecret} value={clientSecret} />
        <Link to={addresses.app(organization.subdomain, clientId)} className="button button-primary">
          {words.next}
        </Link>
      </div>
    </>
  );
}
