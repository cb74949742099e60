import type { Install } from '#gen/featureos/oauth/v1/install_pb.ts';
import { actorName } from '../scopes/actor-modes.ts';
import { text } from '../text.ts';
import { Fact, Facts } from '../ui/facts.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { RelativeTime } from '../ui/time.tsx';
import { InstallStatusTag } from './install-status-tag.tsx';

export function InstallFacts({ install }: { readonly install: Install }) {
  const words = text.installs;
  const person = install.installedByName ? <Name>{install.installedByName}</Name> : words.deletedUser;
  return (
    <section className="card" aria-label={words.status}>
      <Facts>
        <Fact name={words.status}>
          <InstallStatusTag status={install.status} />
        </Fact>
        <Fact name={words.owner}>
          <Name>{install.appOwnerOrganization?.name ?? ''}</Name>
        </Fact>
        <Fact name={words.actor}>
          {actorName(install.actor) === 'self' ? (
            <Interpolate text={words.actorSelf} person={person} />
          ) : (
            text.actors.app
          )}
        </Fact>
        <Fact name={words.installedBy}>{person}</Fact>
        <Fact name={words.installedAt}>{install.installedAt && <RelativeTime at={install.installedAt} />}</Fact>
        <Fact name={words.used}>
          {install.lastUsedAt ? <RelativeTime at={install.lastUsedAt} /> : text.times.never}
        </Fact>
        <Fact name={words.clientId}>
          <code>{install.clientId}</code>
        </Fact>
      </Facts>
    </section>
  );
}
