import { DELIVERY_STATUSES } from '../../../domain/webhook/webhook.ts';
import { operations } from '../operation.ts';
import { PAGING } from '../paging.ts';

/** Hooks and deliveries of an app, for admins of its owner organization. */
export const WEBHOOK_OPERATIONS = operations('Webhooks', 'admin', {
  listHooks: {
    route: 'GET /oauth/apps/{client_id}/hooks',
    summary: 'List hooks',
    description: 'Disabled hooks come first.',
    query: PAGING,
    success: { status: 200, schema: 'HookList' },
  },
  listDeliveries: {
    route: 'GET /oauth/apps/{client_id}/deliveries',
    summary: 'List deliveries',
    description: 'The deliveries of the last 30 days, newest first.',
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
  rotateWebhookSecret: {
    route: 'POST /oauth/hooks/{id}/rotate_secret',
    summary: 'Rotate the signing secret of a hook',
    description: 'The response has the new secret. It is not shown again.',
    request: { schema: 'SecretRotation', required: false },
    success: { status: 200, schema: 'WebhookSecret' },
  },
  enableHook: {
    route: 'POST /oauth/hooks/{id}/enable',
    summary: 'Enable a disabled hook',
    success: { status: 200, schema: 'HookResponse' },
  },
  replayDelivery: {
    route: 'POST /oauth/deliveries/{id}/replay',
    summary: 'Send a delivery again',
    description: 'The delivery has the same id and new retries. 409: the hook cannot receive it.',
    success: { status: 200, schema: 'DeliveryResponse' },
    errors: [409],
  },
});
