import { TransportProvider } from '@connectrpc/connect-query';
import type { ReactNode } from 'react';
import { Redirect } from 'wouter';
import { OrganizationStatus, Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import type { Session, SessionOrganization } from '#gen/featureos/oauth/v1/session_pb.ts';
import { paths } from '../routing/paths.ts';
import { transportFor } from '../rpc/transport.ts';
import { describeRole } from '../scopes/roles.ts';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { Message } from './message.tsx';
import { NotFound } from './not-found.tsx';
import { isSandbox } from './sandboxes.ts';

interface OrganizationScopeProps {
  readonly session: Session;
  readonly area: string;
  readonly subdomain: string | undefined;
  readonly children: (organization: OrganizationRef) => ReactNode;
}

/** Renders its children for an organization that the user administers; otherwise redirects, or explains why not. */
export function OrganizationScope({ session, area, subdomain, children }: OrganizationScopeProps) {
  const home = subdomain === undefined ? defaultSubdomain(session.organizations) : undefined;
  if (home !== undefined) return <Redirect to={`/${area}/${home}`} replace />;

  const entry = session.organizations.find(({ organization }) => organization?.subdomain === subdomain);
  if (entry?.organization === undefined) return <NotFound />;
  if (area === 'apps' && isSandbox(entry)) return <OwnerRedirect session={session} sandbox={entry} />;
  if (entry.role !== Role.ADMIN) return <NotAdmin entry={entry} />;
  return (
    // The key resets all state when the organization changes.
    <TransportProvider key={subdomain} transport={transportFor(entry.organization.subdomain)}>
      {children(entry.organization)}
    </TransportProvider>
  );
}

/** Redirects to the apps of the organization whose sandbox this is, because a sandbox owns no apps. */
function OwnerRedirect({ session, sandbox }: { readonly session: Session; readonly sandbox: SessionOrganization }) {
  const owner = session.organizations.find(({ organization }) => organization?.id === sandbox.sandboxOf)?.organization;
  return owner === undefined ? <NotFound /> : <Redirect to={paths.apps(owner.subdomain)} replace />;
}

/** The organization to open if the path names none: preferably an active one that the user administers and that is no sandbox. */
function defaultSubdomain(organizations: readonly SessionOrganization[]): string | undefined {
  const isPreferred = (entry: SessionOrganization) =>
    entry.role === Role.ADMIN && entry.status === OrganizationStatus.ACTIVE && !isSandbox(entry);
  return (organizations.find(isPreferred) ?? organizations[0])?.organization?.subdomain;
}

function NotAdmin({ entry: { organization, role } }: { readonly entry: SessionOrganization }) {
  const name = organization?.name ?? '';
  return (
    <Message documentTitle={name} title={<Interpolate text={text.shell.notAdmin} organization={<Name>{name}</Name>} />}>
      <Interpolate text={text.shell.notAdminBody} role={describeRole(role)} />
    </Message>
  );
}
