import { isVerified } from '../profile/profile.ts';
import { WEBHOOK_SCOPE } from '../scopes/describe.ts';
import { developerText } from '../text-developer.ts';
import { Notice } from '../ui/notice.tsx';
import { type AppFields, changeOf, fieldsOf } from './app-fields.ts';
import { AppForm } from './app-form.tsx';
import type { AppViewProps } from './app-view.ts';
import { LogoPanel } from './profile/logo-panel.tsx';
import { SaveBar } from './save-bar.tsx';
import { useAppUpdate } from './use-app-update.ts';

export function AppEdit({ app, organization }: AppViewProps) {
  const update = useAppUpdate(app);
  const submit = (fields: AppFields) => {
    // The server rejects a webhook URL or events without this permission, so they are removed with it.
    const mayReceiveEvents = fields.declaredScopes.includes(WEBHOOK_SCOPE);
    const subscribedWebhookEvents = mayReceiveEvents ? app.subscribedWebhookEvents : [];
    update.submit(
      {
        clientId: app.clientId,
        ...changeOf(fields),
        ...(!mayReceiveEvents && { webhookUrl: '', subscribedWebhookEvents: { values: [] } }),
      },
      { ...fields, subscribedWebhookEvents },
    );
  };
  return (
    <>
      {isVerified(app) && (
        <Notice tone="info" title={developerText.appForm.verifiedTitle}>
          {developerText.appForm.verifiedBody}
        </Notice>
      )}
      <LogoPanel app={app} organization={organization} />
      <AppForm initial={fieldsOf(app)} error={update.mutation.error} onSubmit={submit}>
        <SaveBar update={update} />
      </AppForm>
    </>
  );
}
