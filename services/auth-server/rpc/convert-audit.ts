import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { AuditEventSchema, type AuditEvent as ProtoAuditEvent } from '#gen/featureos/oauth/v1/audit_pb.ts';
import type { AuditEvent } from '../domain/audit-store.ts';

export function toProtoAuditEvent(event: AuditEvent): ProtoAuditEvent {
  return create(AuditEventSchema, {
    id: BigInt(event.id),
    occurredAt: timestampFromDate(event.occurredAt),
    action: event.action,
    performedBy: event.performedBy,
    organizationId: BigInt(event.organizationId ?? 0),
    clientId: event.clientId ?? '',
    installId: event.installId ?? '',
    details: { ...event.details },
    ipAddress: event.ipAddress,
    requestId: event.requestId,
  });
}
