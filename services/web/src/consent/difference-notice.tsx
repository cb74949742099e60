import type { ReactNode } from 'react';
import type { AuthorizationRequest } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { actorName } from '../scopes/actor-modes.ts';
import { describeEvent, describeScope } from '../scopes/describe.ts';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { Notice } from '../ui/notice.tsx';
import { type Difference, diffGrant } from './difference.ts';
import type { Choices } from './use-choices.ts';

interface DifferenceNoticeProps {
  readonly request: AuthorizationRequest;
  readonly choices: Choices;
  readonly userId: bigint;
}

/** If the app is already installed in the chosen organization: what the current choices would change. */
export function DifferenceNotice({ request, choices, userId }: DifferenceNoticeProps) {
  const { organization, grantedScopes: scopes, grantedEvents: events } = choices;
  if (organization?.installed === undefined) return null;
  const words = text.consent;
  const difference = diffGrant(organization.installed, { actor: request.actor, userId, scopes, events });
  const title = (
    <Interpolate
      text={words.difference}
      app={<Name>{request.app?.name ?? ''}</Name>}
      organization={<Name>{organization.organization?.name ?? ''}</Name>}
    />
  );
  return (
    <Notice tone="info" title={title} live="status">
      <p>{difference.isEmpty ? words.differenceSame : words.differenceChanged}</p>
      <Changes difference={difference} actor={words.actorChangeTo[actorName(request.actor)]} />
    </Notice>
  );
}

function Changes({ difference, actor }: { readonly difference: Difference; readonly actor: string }) {
  const words = text.consent;
  const gains = [...difference.gainedScopes.map(describe), ...difference.gainedEvents.map(describeEvent)];
  const losses = [...difference.lostScopes.map(describe), ...difference.lostEvents.map(describeEvent)];
  return (
    <dl className="changes">
      {difference.changesMode && <Change name={words.actorChange}>{[actor]}</Change>}
      {difference.changesUser && <Change name={words.actorChange}>{[words.userChange]}</Change>}
      {gains.length > 0 && <Change name={words.gains}>{gains}</Change>}
      {losses.length > 0 && <Change name={words.losses}>{losses}</Change>}
    </dl>
  );
}

function Change({ name, children }: { readonly name: string; readonly children: readonly string[] }): ReactNode {
  return (
    <div className="change">
      <dt>{name}</dt>
      {children.map((item) => (
        <dd key={item}>{item}</dd>
      ))}
    </div>
  );
}

const describe = (name: string): string => describeScope(name).description;
