import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { invalidFields, invalidRequest } from '#common/errors/app-error.ts';
import type { ActorMode, Role } from '#common/scopes/algebra.ts';
import { MAX_ID } from '#common/token-state/keys.ts';
import { ActorMode as ProtoActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { OrganizationStatus, Role as ProtoRole } from '#gen/featureos/oauth/v1/directory_pb.ts';
import {
  type AppInstall,
  AppInstallSchema,
  InstallSchema,
  InstallStatus,
  type Install as ProtoInstall,
} from '#gen/featureos/oauth/v1/install_pb.ts';
import {
  OwnInstallSchema,
  type OwnInstall as ProtoOwnInstall,
} from '#gen/featureos/oauth/v1/own_install_service_pb.ts';
import type { OrganizationRef } from '../domain/app/app.ts';
import type { Organization } from '../domain/directory/directory.ts';
import { asOrganizationId, asUserId, type OrganizationId, type UserId } from '../domain/ids.ts';
import type { Install } from '../domain/install/install.ts';
import type { OwnInstall } from '../domain/install/own-install-manager.ts';
import { DEFAULT_PER_PAGE, MAX_PAGE, MAX_PER_PAGE, type Paging } from '../domain/paging.ts';
import { toProtoProfile } from './convert-profile.ts';

const ACTOR_MODES: Record<ActorMode, ProtoActorMode> = { app: ProtoActorMode.APP, self: ProtoActorMode.SELF };

const ROLES: Record<Role, ProtoRole> = {
  admin: ProtoRole.ADMIN,
  manager: ProtoRole.MANAGER,
  csm: ProtoRole.CSM,
  member: ProtoRole.MEMBER,
  collaborator: ProtoRole.COLLABORATOR,
};

const ORGANIZATION_STATUSES: Record<Organization['status'], OrganizationStatus> = {
  active: OrganizationStatus.ACTIVE,
  suspended: OrganizationStatus.SUSPENDED,
};

const INSTALL_STATUSES: Record<Install['status'], InstallStatus> = {
  active: InstallStatus.ACTIVE,
  disconnecting: InstallStatus.DISCONNECTING,
  revoked: InstallStatus.REVOKED,
};

export const toProtoActorMode = (mode: ActorMode): ProtoActorMode => ACTOR_MODES[mode];
export const toProtoRole = (role: Role): ProtoRole => ROLES[role];

export const toProtoOrganizationStatus = (status: Organization['status']): OrganizationStatus =>
  ORGANIZATION_STATUSES[status];

/** Undefined for UNSPECIFIED and for values that this version does not know. */
export function fromProtoActorMode(mode: ProtoActorMode): ActorMode | undefined {
  return (Object.keys(ACTOR_MODES) as ActorMode[]).find((name) => ACTOR_MODES[name] === mode);
}

export function fromProtoRole(role: ProtoRole): Role | undefined {
  return (Object.keys(ROLES) as Role[]).find((name) => ROLES[name] === role);
}

export function fromProtoOrganizationStatus(status: OrganizationStatus): Organization['status'] | undefined {
  return (Object.keys(ORGANIZATION_STATUSES) as Organization['status'][]).find(
    (name) => ORGANIZATION_STATUSES[name] === status,
  );
}

/** `field` is for the error. */
export const fromProtoOrganizationId = (id: bigint, field = 'organization_id'): OrganizationId =>
  asOrganizationId(fromProtoId(id, field));

export const fromProtoUserId = (id: bigint, field = 'user_id'): UserId => asUserId(fromProtoId(id, field));

function fromProtoId(id: bigint, field: string): number {
  if (id < 1n || id > BigInt(MAX_ID)) throw invalidFields([{ field, message: `must be from 1 to ${MAX_ID}` }]);
  return Number(id);
}

export function fromProtoPaging(request: { page: number; perPage: number }): Paging {
  const page = request.page === 0 ? 1 : request.page;
  const perPage = request.perPage === 0 ? DEFAULT_PER_PAGE : request.perPage;
  if (page > MAX_PAGE || perPage > MAX_PER_PAGE) {
    throw invalidRequest(`page must be at most ${MAX_PAGE}, and per_page at most ${MAX_PER_PAGE}`);
  }
  return { page, perPage };
}

export const toProtoOrganizationRef = ({ id, subdomain, name }: OrganizationRef) => ({
  id: BigInt(id),
  subdomain,
  name,
});

export const toProtoOrganization = ({ id, subdomain, name, status }: Organization) => ({
  id: BigInt(id),
  subdomain,
  name,
  status: toProtoOrganizationStatus(status),
});

export function toProtoInstall(install: Install): ProtoInstall {
  return create(InstallSchema, {
    id: install.id,
    clientId: install.clientId,
    appName: install.appName,
    appOwnerOrganization: toProtoOrganizationRef(install.appOwner),
    appProfile: toProtoProfile(install.appProfile),
    organization: toProtoOrganizationRef(install.organization),
    actor: toProtoActorMode(install.actorMode),
    userId: BigInt(install.userId),
    grantedScopes: [...install.grantedScopes],
    grantedWebhookEvents: [...install.grantedWebhookEvents],
    status: INSTALL_STATUSES[install.status],
    installedBy: BigInt(install.installedBy),
    installedByName: install.installedByName,
    actsAsFormerMember: install.actsAsFormerMember,
    installedAt: timestampFromDate(install.installedAt),
    ...(install.lastUsedAt && { lastUsedAt: timestampFromDate(install.lastUsedAt) }),
  });
}

/** An install as the app's owner sees it, without the user who installed it. */
export function toProtoAppInstall(install: Install): AppInstall {
  return create(AppInstallSchema, {
    id: install.id,
    organization: toProtoOrganizationRef(install.organization),
    actor: toProtoActorMode(install.actorMode),
    grantedScopes: [...install.grantedScopes],
    grantedWebhookEvents: [...install.grantedWebhookEvents],
    status: INSTALL_STATUSES[install.status],
    installedAt: timestampFromDate(install.installedAt),
    ...(install.lastUsedAt && { lastUsedAt: timestampFromDate(install.lastUsedAt) }),
  });
}

/** An install as seen by the user that its tokens act as. */
export function toProtoOwnInstall(install: OwnInstall): ProtoOwnInstall {
  return create(OwnInstallSchema, {
    id: install.id,
    clientId: install.clientId,
    appName: install.appName,
    appOwnerOrganization: toProtoOrganizationRef(install.appOwner),
    appProfile: toProtoProfile(install.appProfile),
    organization: toProtoOrganizationRef(install.organization),
    effectiveScopes: [...install.effectiveScopes],
    status: INSTALL_STATUSES[install.status],
    installedAt: timestampFromDate(install.installedAt),
    ...(install.lastUsedAt && { lastUsedAt: timestampFromDate(install.lastUsedAt) }),
  });
}
