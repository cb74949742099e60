import type { App } from '#gen/featureos/oauth/v1/app_pb.ts';
import type { WebhookHook } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { AppLogo } from '../../profile/app-logo.tsx';
import { describeEvent } from '../../scopes/describe.ts';
import { developerText } from '../../text-developer.ts';
import { Interpolate } from '../../ui/interpolate.tsx';
import { Monogram } from '../../ui/monogram.tsx';
import { Tag } from '../../ui/tag.tsx';
import { DateTime, RelativeTime } from '../../ui/time.tsx';
import { EnableHook } from './enable-hook.tsx';
import { HookName } from './hook-name.tsx';
import { RotateHookSecret } from './rotate-hook-secret.tsx';

interface HookRowProps {
  readonly hook: WebhookHook;
  readonly app: App;
}

export function HookRow({ hook, app }: HookRowProps) {
  const words = developerText.hooks;
  const { organization, previousSecretExpiresAt, secretCreatedAt } = hook;
  return (
    <li className="list-row hook">
      {organization ? (
        <Monogram name={organization.name} seed={organization.subdomain} shape="organization" />
      ) : (
        <AppLogo name={app.name} clientId={app.clientId} path={app.logoPath} />
      )}
      <div className="list-text">
        <p>
          <HookName hook={hook} />{' '}
          {hook.enabled ? <Tag tone="good">{words.enabled}</Tag> : <Tag tone="danger">{words.disabled}</Tag>}
        </p>
        <p className="muted">{hook.events.map(describeEvent).join(' · ') || words.noEvents}</p>
        <p className="muted">
          {words.id} <code>{hook.id}</code>
        </p>
        <p className="muted">
          {secretCreatedAt && <Interpolate text={words.secretCreated} when={<RelativeTime at={secretCreatedAt} />} />}
          {previousSecretExpiresAt && (
            <>
              {' · '}
              <Interpolate text={words.previousSigns} when={<DateTime at={previousSecretExpiresAt} />} />
            </>
          )}
        </p>
      </div>
      <EnableHook hook={hook} />
      <RotateHookSecret hook={hook} />
    </li>
  );
}
