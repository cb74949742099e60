import { Link } from 'wouter';
import type { RegisterAppResponse } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { paths } from '../routing/paths.ts';
import { developerText } from '../text-developer.ts';
import { CodeValue } from '../ui/code-value.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';

interface AppCreatedProps {
  readonly response: RegisterAppResponse;
  readonly organization: OrganizationRef;
}

/** The only view that shows the first client secret. */
export function AppCreated({ response: { app, clientId, clientSecret }, organization }: AppCreatedProps) {
  const words = developerText.appCreated;
  const name = app?.name ?? '';
  return (
    <>
      <PageTitle documentTitle={name}>
        <Interpolate text={words.title} app={<Name>{name}</Name>} />
      </PageTitle>
      <div className="card">
        <Notice tone="warning" title={words.secretTitle} live="status">
          {words.secretBody}
        </Notice>
        <CodeValue label={words.clientId} value={clientId} />
        <CodeValue label={words.clientSecret} value={clientSecret} />
        <CodeValue
          label={words.shell}
          value={`export CLIENT_ID='${clientId}'\nexport CLIENT_SECRET='${clientSecret}'`}
        />
        <div className="form-buttons">
          <Link to={paths.app(organization.subdomain, clientId)} className="button button-primary">
            {words.next}
          </Link>
          <a href="/docs#start">{words.guide}</a>
        </div>
      </div>
    </>
  );
}
