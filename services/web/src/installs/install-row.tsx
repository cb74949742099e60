import { Link } from 'wouter';
import { type Install, InstallStatus } from '#gen/featureos/oauth/v1/install_pb.ts';
import { AppLogo } from '../profile/app-logo.tsx';
import { paths } from '../routing/paths.ts';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { Tag } from '../ui/tag.tsx';
import { RelativeTime } from '../ui/time.tsx';
import { InstallStatusTag } from './install-status-tag.tsx';
import { LastUsed } from './last-used.tsx';
import { useListQuery } from './use-filter.ts';

interface InstallRowProps {
  readonly install: Install;
  readonly subdomain: string;
  readonly isSelected: boolean;
  readonly onSelect: (isSelected: boolean) => void;
}

export function InstallRow({ install, subdomain, isSelected, onSelect }: InstallRowProps) {
  const words = text.installs;
  const person = install.installedByName ? <Name>{install.installedByName}</Name> : words.deletedUser;
  const owner = <Name>{install.appOwnerOrganization?.name ?? ''}</Name>;
  const when = install.installedAt && <RelativeTime at={install.installedAt} />;
  return (
    <li className="list-row">
      <input
        type="checkbox"
        className="choice-input list-check"
        aria-label={words.select(install.appName)}
        checked={isSelected}
        disabled={install.status !== InstallStatus.ACTIVE}
        onChange={(event) => onSelect(event.target.checked)}
      />
      <AppLogo name={install.appName} clientId={install.clientId} path={install.appProfile?.logoPath} />
      <div className="list-text">
        <Link to={paths.install(subdomain, install.id) + useListQuery()} className="list-link">
          <Name>{install.appName}</Name>
        </Link>
        <p className="muted">
          <Interpolate text={words.by} owner={owner} when={when} person={person} />
        </p>
      </div>
      <p className="list-fact muted">{words.permissions(install.grantedScopes.length)}</p>
      <p className="list-fact muted">
        <LastUsed at={install.lastUsedAt} />
      </p>
      {install.actsAsFormerMember && <Tag tone="warning">{words.formerMember}</Tag>}
      <InstallStatusTag status={install.status} />
    </li>
  );
}
