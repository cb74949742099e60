import { useState } from 'react';
import type { InstallRequest } from '#gen/featureos/oauth/v1/install_request_pb.ts';
import { AppLogo } from '../profile/app-logo.tsx';
import { websiteOf } from '../profile/links.ts';
import { StartLink } from '../profile/start-link.tsx';
import { startUrlOf } from '../profile/start-url.ts';
import { VerificationTag } from '../profile/verification-tag.tsx';
import { issuer } from '../routing/issuer.ts';
import { describeScope } from '../scopes/describe.ts';
import { text } from '../text.ts';
import { requestText } from '../text-requests.ts';
import { Button } from '../ui/button.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { Tag } from '../ui/tag.tsx';
import { RelativeTime } from '../ui/time.tsx';
import { DismissDialog } from './dismiss-dialog.tsx';

const words = requestText;

/** A request: app, permissions, who asks and why, and what an admin can do. */
export function RequestCard({ request }: { readonly request: InstallRequest }) {
  const [isDismissing, setDismissing] = useState(false);
  const { appName, appOwnerOrganization, appProfile, clientId, note, requestedAt, requestedByName, scopes } = request;
  const person = <Name>{requestedByName}</Name>;
  return (
    <li className="list-row request-row">
      <AppLogo name={appName} clientId={clientId} path={appProfile?.logoPath} />
      <div className="list-text">
        <p>
          <Name>{appName}</Name>{' '}
          <span className="muted">
            <Interpolate text={words.by} owner={<Name>{appOwnerOrganization?.name ?? ''}</Name>} />
          </span>{' '}
          {appProfile && <VerificationTag profile={appProfile} />}
        </p>
        <p className="muted">
          <Interpolate text={words.requested} person={person} when={requestedAt && <RelativeTime at={requestedAt} />} />
        </p>
        {note !== '' && (
          <blockquote className="request-note" dir="auto">
            {note}
          </blockquote>
        )}
        <ul className="bullets" aria-label={words.permissions}>
          {scopes.map(describeScope).map(({ name, description, sensitive }) => (
            <li key={name}>
              {description} {sensitive && <Tag tone="warning">{text.scopeTags.sensitive}</Tag>}
            </li>
          ))}
        </ul>
        <HowToApprove request={request} />
      </div>
      <Button onClick={() => setDismissing(true)}>{words.dismiss}</Button>
      {isDismissing && <DismissDialog request={request} onClose={() => setDismissing(false)} />}
    </li>
  );
}

/** Links to the start URL of the app, or else to its website, if it has either. */
function HowToApprove({ request: { appName, appProfile } }: { readonly request: InstallRequest }) {
  const startUrl = appProfile && startUrlOf(appProfile, issuer());
  if (startUrl !== undefined) {
    return (
      <p className="muted">
        {words.startHint} <StartLink href={startUrl} appName={appName} />
      </p>
    );
  }
  const website = appProfile && websiteOf(appProfile);
  if (website === undefined) return <p className="muted">{words.noWebsite}</p>;
  return (
    <p className="muted">
      {words.connectHint}{' '}
      <a href={website.href} target="_blank" rel="noreferrer">
        <Interpolate text={words.connect} app={<Name>{appName}</Name>} />
      </a>
    </p>
  );
}
