import { Link } from 'wouter';
import { paths } from '../../routing/paths.ts';
import { describeScope, WEBHOOK_SCOPE } from '../../scopes/describe.ts';
import { developerText } from '../../text-developer.ts';
import { EmptyState } from '../../ui/states.tsx';
import type { AppViewProps } from '../app-view.ts';
import { HookList } from './hook-list.tsx';
import { WebhookForm } from './webhook-form.tsx';

export function WebhookSettings({ app, organization }: AppViewProps) {
  const words = developerText.webhooks;
  return (
    <div className="stack">
      <p className="lead">{words.lead}</p>
      {app.declaredScopes.includes(WEBHOOK_SCOPE) ? (
        <div className="columns columns-even">
          <WebhookForm app={app} />
          <HookList app={app} />
        </div>
      ) : (
        <EmptyState title={words.needsScope}>
          <p>{words.needsScopeBody.replace('{scope}', describeScope(WEBHOOK_SCOPE).description)}</p>
          <Link to={paths.appSection(organization.subdomain, app.clientId, 'edit')} className="button button-quiet">
            {words.needsScopeAction}
          </Link>
        </EmptyState>
      )}
    </div>
  );
}
