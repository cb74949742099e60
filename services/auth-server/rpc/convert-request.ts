import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { InstallRequestSchema, InstallRequestStatus } from '#gen/featureos/oauth/v1/install_request_pb.ts';
import type { InstallRequest } from '../domain/install-request/install-request.ts';
import { toProtoActorMode, toProtoOrganizationRef } from './convert.ts';
import { toProtoProfile } from './convert-profile.ts';

const STATUSES: Record<InstallRequest['status'], InstallRequestStatus> = {
  open: InstallRequestStatus.OPEN,
  approved: InstallRequestStatus.APPROVED,
  dismissed: InstallRequestStatus.DISMISSED,
  expired: InstallRequestStatus.EXPIRED,
};

export const toProtoInstallRequest = (request: InstallRequest) =>
  create(InstallRequestSchema, {
    id: request.id,
    clientId: request.clientId,
    appName: request.appName,
    appOwnerOrganization: toProtoOrganizationRef(request.appOwner),
    appProfile: toProtoProfile(request.appProfile),
    actor: toProtoActorMode(request.actorMode),
    scopes: [...request.scopes],
    note: request.note,
    requestedByName: request.requestedByName,
    status: STATUSES[request.status],
    requestedAt: timestampFromDate(request.requestedAt),
    expiresAt: timestampFromDate(request.expiresAt),
    ...(request.decidedAt && { decidedAt: timestampFromDate(request.decidedAt) }),
    dismissalReason: request.dismissalReason ?? '',
  });
