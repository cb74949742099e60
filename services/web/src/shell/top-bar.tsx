import { useId } from 'react';
import { useLocation } from 'wouter';
import type { Session } from '#gen/featureos/oauth/v1/session_pb.ts';
import { NavigationLink } from '../routing/navigation-link.tsx';
import { paths } from '../routing/paths.ts';
import { text } from '../text.ts';
import { Account } from './account.tsx';
import { Brand } from './brand.tsx';
import { isSandbox } from './sandboxes.ts';

interface TopBarProps {
  readonly session: Session | undefined;
  readonly area: string;
  readonly subdomain: string | undefined;
}

export function TopBar({ session, area, subdomain: named }: TopBarProps) {
  // The path may name an organization that the user does not belong to: do not link to it, and show none as selected.
  const isKnown = session?.organizations.some(({ organization }) => organization?.subdomain === named);
  const subdomain = isKnown || session === undefined ? named : undefined;
  const tail = subdomain === undefined ? '' : `/${subdomain}`;
  return (
    <header className="top">
      <div className="top-row">
        <Brand />
        <nav className="top-nav" aria-label={text.shell.navigation}>
          <NavigationLink to={`/installs${tail}`}>{text.shell.installs}</NavigationLink>
          <NavigationLink to={`/apps${tail}`}>{text.shell.apps}</NavigationLink>
          <a href="/docs">{text.shell.docs}</a>
        </nav>
        <OrganizationSwitch session={session} area={area} subdomain={subdomain} />
        <Account>
          <NavigationLink to={paths.ownInstalls}>{text.shell.ownInstalls}</NavigationLink>
        </Account>
      </div>
    </header>
  );
}

function OrganizationSwitch({ session, area, subdomain }: TopBarProps) {
  const id = useId();
  const [, navigate] = useLocation();
  // A sandbox owns no apps.
  const organizations = session?.organizations.filter((entry) => area !== 'apps' || !isSandbox(entry)) ?? [];
  return (
    <div className="switch">
      <label className="visually-hidden" htmlFor={id}>
        {text.shell.organization}
      </label>
      <select
        id={id}
        className="input switch-input"
        value={subdomain ?? ''}
        // /me is about the user and has no organization, so a choice leads to the installed apps.
        onChange={(event) => navigate(`/${area === 'me' ? 'installs' : area}/${event.target.value}`)}
      >
        {subdomain === undefined && <option value="">{session && text.shell.choose}</option>}
        {organizations.map(({ organization }) => (
          <option key={organization?.subdomain} value={organization?.subdomain}>
            {organization?.name}
          </option>
        ))}
      </select>
    </div>
  );
}
