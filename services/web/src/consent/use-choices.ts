import { useState } from 'react';
import type { AuthorizationRequest, ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import type { Scope } from '#gen/featureos/oauth/v1/scope_pb.ts';
import { WEBHOOK_SCOPE } from '../scopes/describe.ts';
import { mayHaveMore } from './use-authorization-request.ts';

/** What the user has chosen so far. */
export interface Choices {
  readonly organization: ConsentOrganization | undefined;
  readonly scopes: ReadonlySet<string>;
  readonly events: ReadonlySet<string>;
  /** The requested permissions that the chosen organization permits; all of them until one is chosen. */
  readonly offeredScopes: readonly Scope[];
  /** The requested permissions that the chosen organization does not permit. */
  readonly withheldScopes: readonly Scope[];
  /** Empty unless the permission to receive events is chosen. */
  readonly offeredEvents: readonly string[];
  /** The chosen ones of the offered permissions, in catalog order. */
  readonly grantedScopes: readonly string[];
  readonly grantedEvents: readonly string[];
  setOrganization(organization: ConsentOrganization): void;
  setScopes(scopes: ReadonlySet<string>): void;
  setEvents(events: ReadonlySet<string>): void;
}

export function useChoices(request: AuthorizationRequest, prefersSandbox: boolean): Choices {
  const [chosen, setOrganization] = useState(() => preselectedOf(request.organizations, prefersSandbox));
  // The chosen organization as last read. One that a search found may not be in the request's first page.
  const current = request.organizations.find((organization) => isSameOrganization(organization, chosen)) ?? chosen;
  const [scopes, setScopes] = useState<ReadonlySet<string>>(new Set(request.requestedScopes.map(({ name }) => name)));
  const [events, setEvents] = useState<ReadonlySet<string>>(new Set(request.webhookEvents));
  const organization = current?.mayInstall ? current : undefined;
  const [offeredScopes, withheldScopes] = splitScopes(request, organization);
  const grantedScopes = offeredScopes.map(({ name }) => name).filter((name) => scopes.has(name));
  const offeredEvents = grantedScopes.includes(WEBHOOK_SCOPE) ? request.webhookEvents : [];
  return {
    organization,
    scopes,
    events,
    offeredScopes,
    withheldScopes,
    offeredEvents,
    grantedScopes,
    grantedEvents: offeredEvents.filter((name) => events.has(name)),
    setOrganization,
    setScopes,
    setEvents,
  };
}

/**
 * The organization to preselect, from the first page of organizations. If several may permit the app, only a preferred sandbox is
 * preselected: another default could be the wrong organization.
 */
export function preselectedOf(
  organizations: readonly ConsentOrganization[],
  prefersSandbox: boolean,
): ConsentOrganization | undefined {
  const installable = organizations.filter(({ mayInstall }) => mayInstall);
  const sandbox = prefersSandbox ? installable.find(({ isSandbox }) => isSandbox) : undefined;
  return sandbox ?? (installable.length === 1 && !mayHaveMore(organizations) ? installable[0] : undefined);
}

/** The requested permissions that the install policy of the organization permits, and the others. */
function splitScopes({ requestedScopes }: AuthorizationRequest, organization: ConsentOrganization | undefined) {
  const isPermitted = ({ name }: Scope) => organization?.permittedScopes.includes(name) ?? true;
  return [requestedScopes.filter(isPermitted), requestedScopes.filter((scope) => !isPermitted(scope))] as const;
}

/** Compares by id, because two reads return two objects. */
export const isSameOrganization = (a: ConsentOrganization | undefined, b: ConsentOrganization | undefined): boolean =>
  a?.organization?.id === b?.organization?.id;
