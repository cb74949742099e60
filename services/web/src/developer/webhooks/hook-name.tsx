import type { WebhookHook } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { text } from '../../text.ts';
import { Name } from '../../ui/name.tsx';

/** A hook is known by where its events happen. */
export const nameOf = ({ organization }: WebhookHook): string => organization?.name ?? text.hooks.own;

export function HookName({ hook }: { readonly hook: WebhookHook }) {
  return <Name>{nameOf(hook)}</Name>;
}
