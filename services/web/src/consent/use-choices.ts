import { useState } from 'react';
import type { AuthorizationRequest, ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { WEBHOOK_SCOPE } from '../scopes/describe.ts';

/** What the person before the page has chosen so far. */
export interface Choices {
  readonly organization: ConsentOrganization | undefined;
  readonly scopes: ReadonlySet<string>;
  readonly events: ReadonlySet<string>;
  /** The events to choose from: none without the permission to receive any. */
  readonly offeredEvents: readonly string[];
  /** In the order of the request. */
  readonly grantedScopes: readonly string[];
  readonly grantedEvents: readonly string[];
  setOrganization(organization: ConsentOrganization): void;
  setScopes(scopes: ReadonlySet<string>): void;
  setEvents(events: ReadonlySet<string>): void;
}

export function useChoices(request: AuthorizationRequest): Choices {
  // The request has a first page of organizations, and on it those that can be chosen come first.
  const installable = request.organizations.filter(({ mayInstall }) => mayInstall);
  // With several, the choice is the person's own: a wrong one would let the app into the wrong place.
  const [chosen, setOrganization] = useState(installable.length === 1 ? installable[0] : undefined);
  const current = request.organizations.find((organization) => isSame(organization, chosen)) ?? chosen;
  const [scopes, setScopes] = useState<ReadonlySet<string>>(new Set(request.requestedScopes.map(({ name }) => name)));
  const [events, setEvents] = useState<ReadonlySet<string>>(new Set(request.webhookEvents));
  const offeredEvents = scopes.has(WEBHOOK_SCOPE) ? request.webhookEvents : [];
  return {
    organization: current?.mayInstall ? current : undefined,
    scopes,
    events,
    offeredEvents,
    grantedScopes: request.requestedScopes.map(({ name }) => name).filter((name) => scopes.has(name)),
    grantedEvents: offeredEvents.filter((name) => events.has(name)),
    setOrganization,
    setScopes,
    setEvents,
  };
}

/** Whether both are the same organization, as it was read at different times. */
export const isSame = (a: ConsentOrganization | undefined, b: ConsentOrganization | undefined): boolean =>
  a?.organization?.id === b?.organization?.id;
