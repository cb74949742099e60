import { create } from '@bufbuild/protobuf';
import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { invalidFields } from '#common/errors/app-error.ts';
import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import {
  type WebhookDelivery as ProtoDelivery,
  type WebhookHook as ProtoHook,
  WebhookDeliverySchema,
  WebhookDeliveryStatus,
  WebhookHookSchema,
} from '#gen/featureos/oauth/v1/webhook_pb.ts';
import type { ListDeliveriesRequest, WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import type { DeliveryFilter } from '../domain/webhook/delivery-store.ts';
import type { EventPublisher } from '../domain/webhook/event-publisher.ts';
import type { HookManager } from '../domain/webhook/hook-manager.ts';
import type { TestEvents } from '../domain/webhook/test-events.ts';
import { DELIVERY_STATUSES, type Delivery, type DeliveryStatus, type Hook } from '../domain/webhook/webhook.ts';
import { fromProtoOrganizationId, fromProtoPaging, toProtoOrganizationRef } from './convert.ts';
import { adminRequestOf } from './request-context.ts';

const STATUSES: Record<DeliveryStatus, WebhookDeliveryStatus> = {
  pending: WebhookDeliveryStatus.PENDING,
  succeeded: WebhookDeliveryStatus.SUCCEEDED,
  failed: WebhookDeliveryStatus.FAILED,
  cancelled: WebhookDeliveryStatus.CANCELLED,
};

/** WebhookService: publishing for the host platform; hooks, deliveries and test events for app owners. */
export function webhookService(
  events: EventPublisher,
  hooks: HookManager,
  testEvents: TestEvents,
): UnaryHandlers<typeof WebhookService> {
  return {
    async publishEvent({ organizationId, type, data, idempotencyKey, createdAt }) {
      const { eventId, deliveries } = await events.publish({
        organizationId: fromProtoOrganizationId(organizationId),
        type,
        data,
        idempotencyKey,
        createdAt: createdAt && timestampDate(createdAt),
      });
      return { eventId, deliveries };
    },
    async listHooks(request, context) {
      const page = await hooks.list(adminRequestOf(context), request.clientId, fromProtoPaging(request));
      return { hooks: page.map(toProtoHook) };
    },
    async rotateHookSecret({ hookId, overlapSeconds }, context) {
      const rotated = await hooks.rotateSecret(adminRequestOf(context), hookId, overlapSeconds);
      return {
        secret: rotated.secret.reveal(),
        previousExpiresAt: timestampFromDate(rotated.previousExpiresAt),
      };
    },
    async listDeliveries(request, context) {
      const by = adminRequestOf(context);
      const page = await hooks.listDeliveries(by, request.clientId, filterOf(request), fromProtoPaging(request));
      return { deliveries: page.map(toProtoDelivery) };
    },
    async replayDelivery({ deliveryId }, context) {
      return { delivery: toProtoDelivery(await hooks.replay(adminRequestOf(context), deliveryId)) };
    },
    async getDeliveryRequest({ deliveryId }, context) {
      return hooks.requestOf(adminRequestOf(context), deliveryId);
    },
    async sendTestEvent({ clientId, type }, context) {
      await testEvents.send(adminRequestOf(context), clientId, type);
      return {};
    },
    async enableHook({ hookId }, context) {
      return { hook: toProtoHook(await hooks.enable(adminRequestOf(context), hookId)) };
    },
  };
}

function filterOf({ hookId, status }: ListDeliveriesRequest): DeliveryFilter {
  const known = DELIVERY_STATUSES.find((name) => STATUSES[name] === status);
  if (status !== WebhookDeliveryStatus.UNSPECIFIED && known === undefined) {
    throw invalidFields([{ field: 'status', message: 'must be a known status' }]);
  }
  return { ...(hookId !== '' && { hookId }), ...(known !== undefined && { status: known }) };
}

function toProtoHook(hook: Hook): ProtoHook {
  return create(WebhookHookSchema, {
    id: hook.id,
    installId: hook.installId ?? '',
    url: hook.url ?? '',
    events: [...hook.events],
    enabled: hook.disabledAt === null,
    ...(hook.disabledAt && { disabledAt: timestampFromDate(hook.disabledAt) }),
    ...(hook.organization && { organization: toProtoOrganizationRef(hook.organization) }),
    secretCreatedAt: timestampFromDate(hook.secretCreatedAt),
    ...(hook.previousSecretExpiresAt && {
      previousSecretExpiresAt: timestampFromDate(hook.previousSecretExpiresAt),
    }),
  });
}

function toProtoDelivery(delivery: Delivery): ProtoDelivery {
  return create(WebhookDeliverySchema, {
    id: delivery.id,
    hookId: delivery.hookId,
    organization: toProtoOrganizationRef(delivery.organization),
    eventType: delivery.eventType,
    status: STATUSES[delivery.status],
    attempts: delivery.attempts.map((attempt) => ({
      startedAt: timestampFromDate(attempt.startedAt),
      durationMs: attempt.durationMs,
      httpStatus: attempt.httpStatus ?? 0,
      error: attempt.error ?? '',
      responseExcerpt: attempt.responseExcerpt,
    })),
    createdAt: timestampFromDate(delivery.createdAt),
    ...(delivery.nextAttemptAt && { nextAttemptAt: timestampFromDate(delivery.nextAttemptAt) }),
  });
}
