import { TransportProvider } from '@connectrpc/connect-query';
import { type ReactNode, useEffect } from 'react';
import { OrganizationStatus, Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import type { Session, SessionOrganization } from '#gen/featureos/oauth/v1/session_pb.ts';
import { navigate } from '../routing/router.ts';
import { transportFor } from '../rpc/transport.ts';
import { describeRole } from '../scopes/roles.ts';
import { text } from '../text.ts';
import { Fill } from '../ui/fill.tsx';
import { Name } from '../ui/name.tsx';
import { Message } from './message.tsx';
import { NotFound } from './not-found.tsx';

interface OrganizationScopeProps {
  readonly session: Session;
  readonly area: string;
  readonly subdomain: string | undefined;
  readonly children: (organization: OrganizationRef) => ReactNode;
}

/** Everything inside is about one organization, for its admins. */
export function OrganizationScope({ session, area, subdomain, children }: OrganizationScopeProps) {
  const home = subdomain === undefined ? homeOf(session.organizations) : undefined;
  useEffect(() => {
    if (home !== undefined) navigate(`/${area}/${home}`, { replace: true });
  }, [area, home]);
  if (home !== undefined) return null;

  const entry = session.organizations.find(({ organization }) => organization?.subdomain === subdomain);
  if (entry?.organization === undefined) return <NotFound />;
  if (entry.role !== Role.ADMIN) return <NotAdmin entry={entry} />;
  return (
    // Another organization is another view: nothing of this one's state may stay.
    <TransportProvider key={subdomain} transport={transportFor(entry.organization.subdomain)}>
      {children(entry.organization)}
    </TransportProvider>
  );
}

/** Where somebody lands who named no organization: one they can do something for, if there is one. */
function homeOf(organizations: readonly SessionOrganization[]): string | undefined {
  const isAdministered = ({ role, status }: SessionOrganization) =>
    role === Role.ADMIN && status === OrganizationStatus.ACTIVE;
  return (organizations.find(isAdministered) ?? organizations[0])?.organization?.subdomain;
}

function NotAdmin({ entry: { organization, role } }: { readonly entry: SessionOrganization }) {
  const name = organization?.name ?? '';
  return (
    <Message documentTitle={name} title={<Fill text={text.shell.notAdmin} organization={<Name>{name}</Name>} />}>
      <Fill text={text.shell.notAdminBody} role={describeRole(role)} />
    </Message>
  );
}
