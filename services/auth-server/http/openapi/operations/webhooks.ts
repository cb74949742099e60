import { DELIVERY_STATUSES } from '../../../domain/webhook/webhook.ts';
import type { Operation } from '../operation.ts';
import { PAGING } from '../paging.ts';

const TAG = 'Webhooks';

/** Hooks and deliveries of an app, for admins of its owner organization. */
export const WEBHOOK_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/oauth/apps/{client_id}/hooks',
    id: 'listHooks',
    tag: TAG,
    summary: 'List hooks',
    description: 'Disabled hooks come first.',
    caller: 'admin',
    query: PAGING,
    success: { status: 200, schema: 'HookList' },
  },
  {
    method: 'get',
    path: '/oauth/apps/{client_id}/deliveries',
    id: 'listDeliveries',
    tag: TAG,
    summary: 'List deliveries',
    description: 'The deliveries of the last 30 days, newest first.',
    caller: 'admin',
    query: [
      { name: 'hook_id', description: 'Only deliveries to this hook.' },
      {
        name: 'status',
        description: 'Only deliveries with this status.',
        schema: { type: 'string', enum: DELIVERY_STATUSES },
      },
      ...PAGING,
    ],
    success: { status: 200, schema: 'DeliveryList' },
  },
  {
    method: 'post',
    path: '/oauth/hooks/{id}/rotate_secret',
    id: 'rotateWebhookSecret',
    tag: TAG,
    summary: 'Rotate the signing secret of a hook',
    description: 'The response has the new secret. It is not shown again.',
    caller: 'admin',
    request: { schema: 'SecretRotation', required: false },
    success: { status: 200, schema: 'WebhookSecret' },
  },
  {
    method: 'post',
    path: '/oauth/hooks/{id}/enable',
    id: 'enableHook',
    tag: TAG,
    summary: 'Enable a disabled hook',
    caller: 'admin',
    success: { status: 200, schema: 'HookResponse' },
    errors: [409],
  },
  {
    method: 'post',
    path: '/oauth/deliveries/{id}/replay',
    id: 'replayDelivery',
    tag: TAG,
    summary: 'Send a delivery again',
    description: 'With the same id and with all its retries. 409: the hook cannot receive it.',
    caller: 'admin',
    success: { status: 200, schema: 'DeliveryResponse' },
    errors: [409],
  },
];
