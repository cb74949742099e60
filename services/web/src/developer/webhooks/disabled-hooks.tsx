import { Link } from 'wouter';
import { paths } from '../../routing/paths.ts';
import { WEBHOOK_SCOPE } from '../../scopes/describe.ts';
import { developerText } from '../../text-developer.ts';
import { Interpolate } from '../../ui/interpolate.tsx';
import { Notice } from '../../ui/notice.tsx';
import { RelativeTime } from '../../ui/time.tsx';
import type { AppViewProps } from '../app-view.ts';
import { HookName } from './hook-name.tsx';
import { disabledHooksOf, useHooks } from './use-hooks.ts';

/** Hooks beyond this number are only counted, because an outage of the receiver can disable all hooks. */
const MAX_NAMED = 5;

/** Warns, in every view of an app, that hooks are disabled and events are not delivered. */
export function DisabledHooks({ app, organization }: AppViewProps) {
  const words = developerText.hooks;
  const { disabled, hasMore } = disabledHooksOf(useHooks(app.clientId));
  if (disabled.length === 0 || !app.declaredScopes.includes(WEBHOOK_SCOPE)) return null;
  return (
    <Notice tone="danger" title={words.noticeTitle(disabled.length, hasMore)}>
      <ul className="plain-list">
        {disabled.slice(0, MAX_NAMED).map((hook) => (
          <li key={hook.id}>
            <Interpolate
              text={words.noticeSince}
              hook={<HookName hook={hook} />}
              when={hook.disabledAt && <RelativeTime at={hook.disabledAt} />}
            />
          </li>
        ))}
        {disabled.length > MAX_NAMED && <li>{words.noticeMore(disabled.length - MAX_NAMED, hasMore)}</li>}
      </ul>
      <Link to={paths.appSection(organization.subdomain, app.clientId, 'webhooks')} className="button button-quiet">
        {words.noticeAction}
      </Link>
    </Notice>
  );
}
