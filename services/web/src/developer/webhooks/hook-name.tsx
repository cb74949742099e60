import type { WebhookHook } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { developerText } from '../../text-developer.ts';
import { Name } from '../../ui/name.tsx';

export const nameOf = ({ organization }: WebhookHook): string => organization?.name ?? developerText.hooks.appHook;

export function HookName({ hook }: { readonly hook: WebhookHook }) {
  return <Name>{nameOf(hook)}</Name>;
}
