import { addresses } from '../../routing/addresses.ts';
import { Link } from '../../routing/link.tsx';
import { WEBHOOK_SCOPE } from '../../scopes/describe.ts';
import { text } from '../../text.ts';
import { Fill } from '../../ui/fill.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Notice } from '../../ui/notice.tsx';
import type { AppViewProps } from '../app-view.ts';
import { HookName } from './hook-name.tsx';
import { hooksOf, useHooks } from './use-hooks.ts';

/** After an outage of the receiver all of them are. */
const MAX_NAMED = 5;

/** Tells the owner of an app, wherever they are in it, that events are being lost. */
export function DisabledHooks({ app, organization }: AppViewProps) {
  const words = text.hooks;
  const disabled = hooksOf(useHooks(app.clientId).data).filter(({ enabled }) => !enabled);
  if (disabled.length === 0 || !app.declaredScopes.includes(WEBHOOK_SCOPE)) return null;
  return (
    <Notice tone="danger" title={words.noticeTitle(disabled.length)}>
      <ul className="plain-list">
        {disabled.slice(0, MAX_NAMED).map((hook) => (
          <li key={hook.id}>
            <Fill
              text={words.noticeSince}
              hook={<HookName hook={hook} />}
              when={hook.disabledAt && <Moment at={hook.disabledAt} />}
            />
          </li>
        ))}
        {disabled.length > MAX_NAMED && <li>{words.noticeMore(disabled.length - MAX_NAMED)}</li>}
      </ul>
      <Link to={addresses.appPart(organization.subdomain, app.clientId, 'webhooks')} className="button button-quiet">
        {words.noticeAction}
      </Link>
    </Notice>
  );
}
