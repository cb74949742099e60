import type { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import type { ConsentApp } from '#gen/featureos/oauth/v1/consent_pb.ts';
import type { User } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { AppLogo } from '../profile/app-logo.tsx';
import { actorName } from '../scopes/actor-modes.ts';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Monogram } from '../ui/monogram.tsx';
import { Name } from '../ui/name.tsx';

interface ActorExplanationProps {
  readonly mode: ActorMode;
  readonly app: ConsentApp | undefined;
  readonly user: User | undefined;
}

/** Explains whom the app acts as. The authorization request determines the mode, so there is nothing to choose. */
export function ActorExplanation({ mode, app, user }: ActorExplanationProps) {
  const words = text.consent;
  const appName = app?.name ?? '';
  const userName = user?.name ?? '';
  const isSelf = actorName(mode) === 'self';
  return (
    <section className="section" aria-label={words.actor}>
      <h2 className="section-title">{words.actor}</h2>
      <div className="actor">
        {isSelf ? (
          <Monogram name={userName} seed={String(user?.id)} shape="person" />
        ) : (
          <AppLogo name={appName} clientId={app?.clientId ?? ''} path={app?.profile?.logoPath} />
        )}
        <div>
          <p className="actor-name">
            <Interpolate text={isSelf ? words.actorSelf : text.actors.app} user={<Name>{userName}</Name>} />
          </p>
          <p className="muted">
            <Interpolate text={isSelf ? words.actorSelfBody : words.actorAppBody} app={<Name>{appName}</Name>} />
          </p>
        </div>
      </div>
    </section>
  );
}
