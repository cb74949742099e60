import { WEBHOOK_SCOPE } from '../scopes/describe.ts';
import { type AppFields, fieldsOf, linesOf } from './app-fields.ts';
import { AppForm } from './app-form.tsx';
import type { AppViewProps } from './app-view.ts';
import { SaveBar } from './save-bar.tsx';
import { useAppChange } from './use-app-change.ts';

export function AppEdit({ app }: AppViewProps) {
  const change = useAppChange(app);
  const submit = ({ name, redirectUris, modes, scopes, requirePkce }: AppFields) => {
    // What needs the permission to receive events goes with it.
    const mayReceiveEvents = scopes.has(WEBHOOK_SCOPE);
    const subscribedWebhookEvents = mayReceiveEvents ? app.subscribedWebhookEvents : [];
    change.change(
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
    <AppForm initial={fieldsOf(app)} error={change.update.error} onSubmit={submit}>
      <SaveBar change={change} />
    </AppForm>
  );
}
