import type { Install } from '#gen/featureos/oauth/v1/install_pb.ts';
import { actorName } from '../scopes/actor-modes.ts';
import { text } from '../text.ts';
import { Fact, Facts } from '../ui/facts.tsx';
import { Fill } from '../ui/fill.tsx';
import { Moment } from '../ui/moment.tsx';
import { Name } from '../ui/name.tsx';
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
          {actorName(install.actor) === 'self' ? <Fill text={words.actorSelf} person={person} /> : words.actorApp}
        </Fact>
        <Fact name={words.installedBy}>{person}</Fact>
        <Fact name={words.installedAt}>{install.installedAt && <Moment at={install.installedAt} />}</Fact>
        <Fact name={words.used}>{install.lastUsedAt ? <Moment at={install.lastUsedAt} /> : text.moments.never}</Fact>
        <Fact name={words.clientId}>
          <code>{install.clientId}</code>
        </Fact>
      </Facts>
    </section>
  );
}
