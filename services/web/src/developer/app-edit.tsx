import { WEBHOOK_SCOPE } from '../scopes/describe.ts';
import { type AppFields, fieldsOf, linesOf } from './app-fields.ts';
import { AppForm } from './app-form.tsx';
import type { AppViewProps } from './app-view.ts';
import { SaveBar } from './save-bar.tsx';
import { useAppUpdate } from './use-app-update.ts';

export function AppEdit({ app }: AppViewProps) {
  const update = useAppUpdate(app);
  const submit = ({ name, redirectUris, modes, scopes, requirePkce }: AppFields) => {
    // The server rejects a webhook URL or events without this permission, so they are removed with it.
    const mayReceiveEvents = scopes.has(WEBHOOK_SCOPE);
    const subscribedWebhookEvents = mayReceiveEvents ? app.subscribedWebhookEvents : [];
    update.submit(
      {
        clientId: app.clientId,
        name,
        redirectUris: { values: linesOf(redirectUris) },
        allowedActorModes: { values: [...modes] },
        declaredScopes: { values: [...scopes] },
        requirePkce,
        ...(!mayReceiveEvents && { webhookUrl: '', subscribedWebhookEvents: { values: [] } }),
      },
      { declaredScopes: [...scopes], allowedActorModes: [...modes], subscribedWebhookEvents },
    );
  };
  return (
    <AppForm initial={fieldsOf(app)} error={update.mutation.error} onSubmit={submit}>
      <SaveBar update={update} />
    </AppForm>
  );
}
