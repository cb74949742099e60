import { type FieldViolation, invalidFields } from '#common/errors/app-error.ts';
import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import {
  OrganizationStatus,
  type Organization as ProtoOrganization,
  type User as ProtoUser,
} from '#gen/featureos/oauth/v1/directory_pb.ts';
import type { DirectoryService } from '#gen/featureos/oauth/v1/directory_service_pb.ts';
import type { User } from '../domain/directory/directory.ts';
import type { DirectoryManager } from '../domain/directory/directory-manager.ts';
import { isSandbox, isSandboxSubdomain, MAX_PLATFORM_ORGANIZATION_ID } from '../domain/directory/sandbox.ts';
import type { OrganizationId } from '../domain/ids.ts';
import { secureUrlProblem } from '../domain/redirect-uri.ts';
import {
  fromProtoActorMode,
  fromProtoOrganizationId,
  fromProtoOrganizationStatus,
  fromProtoRole,
  fromProtoUserId,
  toProtoOrganization,
  toProtoRole,
} from './convert.ts';
import { initiatorOf } from './request-context.ts';

const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_NAME_LENGTH = 200;
const MAX_EMAIL_LENGTH = 320;
/** Higher ids are the bots of apps. */
const MAX_USER_ID = 999_999_999_999;

/** DirectoryService, for the host platform; gateways call GetActor, too. Validates the fields. */
export function directoryService(directory: DirectoryManager): UnaryHandlers<typeof DirectoryService> {
  return {
    async putOrganization({ organization }, context) {
      return {
        organization: toProtoOrganization(
          await directory.putOrganization(checkOrganization(organization), initiatorOf(context)),
        ),
      };
    },
    async deleteOrganization({ organizationId }, context) {
      await directory.deleteOrganization(platformOrganizationId(organizationId), initiatorOf(context));
      return {};
    },
    async putUser({ user }) {
      const { id, ...rest } = await directory.putUser(checkUser(user));
      return { user: { id: BigInt(id), ...rest } };
    },
    async deleteUser({ userId }, context) {
      await directory.deleteUser(fromProtoUserId(userId), initiatorOf(context));
      return {};
    },
    async putMembership({ membership }, context) {
      const organizationId = platformOrganizationId(membership?.organizationId ?? 0n, 'membership.organization_id');
      const userId = fromProtoUserId(membership?.userId ?? 0n, 'membership.user_id');
      const role = membership && fromProtoRole(membership.role);
      if (role === undefined) throw invalidFields([{ field: 'membership.role', message: 'must be a known role' }]);
      const put = await directory.putMembership({ organizationId, userId, role }, initiatorOf(context));
      return {
        membership: {
          organizationId: BigInt(put.organizationId),
          userId: BigInt(put.userId),
          role: toProtoRole(put.role),
        },
      };
    },
    async deleteMembership({ organizationId, userId }, context) {
      await directory.deleteMembership(
        platformOrganizationId(organizationId),
        fromProtoUserId(userId),
        initiatorOf(context),
      );
      return {};
    },
    async getActor({ actor, organizationId }) {
      const mode = actor && fromProtoActorMode(actor.mode);
      if (mode === undefined)
        throw invalidFields([{ field: 'actor.mode', message: 'must be ACTOR_MODE_APP or ACTOR_MODE_SELF' }]);
      const { id, ...profile } = await directory.getActor(
        mode,
        fromProtoUserId(actor?.userId ?? 0n, 'actor.user_id'),
        fromProtoOrganizationId(organizationId),
      );
      return { id: BigInt(id), ...profile };
    },
  };
}

/** Rejects the id of a sandbox, which changes only with the organization that owns it. */
function platformOrganizationId(protoId: bigint, field = 'organization_id'): OrganizationId {
  const id = fromProtoOrganizationId(protoId, field);
  const problem = `must be at most ${MAX_PLATFORM_ORGANIZATION_ID}; higher ids are sandboxes, which change with their owner`;
  requireValid([!isSandbox(id) || [field, problem]]);
  return id;
}

function checkOrganization(organization: ProtoOrganization | undefined) {
  const id = platformOrganizationId(organization?.id ?? 0n, 'organization.id');
  const { subdomain = '', name = '', status: protoStatus = OrganizationStatus.UNSPECIFIED } = organization ?? {};
  const isUnspecified = protoStatus === OrganizationStatus.UNSPECIFIED;
  const status = fromProtoOrganizationStatus(protoStatus);
  requireValid([
    SUBDOMAIN.test(subdomain) || [
      'organization.subdomain',
      'must be 1 to 63 characters from a-z, 0-9 and -, without - at either end',
    ],
    !isSandboxSubdomain(subdomain) || ['organization.subdomain', 'is reserved for a sandbox'],
    isWithin(name, MAX_NAME_LENGTH) || ['organization.name', `must be 1 to ${MAX_NAME_LENGTH} characters`],
    isUnspecified || status !== undefined || ['organization.status', 'must be a known status'],
  ]);
  return { id, subdomain, name, status };
}

function checkUser(user: ProtoUser | undefined): User {
  const id = fromProtoUserId(user?.id ?? 0n, 'user.id');
  const { name = '', email = '', profilePicture = '' } = user ?? {};
  const pictureProblem = profilePicture === '' ? undefined : secureUrlProblem(profilePicture);
  requireValid([
    id <= MAX_USER_ID || ['user.id', `must be at most ${MAX_USER_ID}; higher ids are the bots of apps`],
    isWithin(name, MAX_NAME_LENGTH) || ['user.name', `must be 1 to ${MAX_NAME_LENGTH} characters`],
    email.length <= MAX_EMAIL_LENGTH || ['user.email', `must be at most ${MAX_EMAIL_LENGTH} characters`],
    pictureProblem === undefined || ['user.profile_picture', pictureProblem],
  ]);
  return { id, name, email, profilePicture };
}

const isWithin = (text: string, max: number): boolean => text.length >= 1 && text.length <= max;

/** Throws INVALID_FIELD with the checks that failed. */
function requireValid(checks: readonly (true | [field: string, message: string])[]): void {
  const violations = checks.flatMap((check): FieldViolation[] =>
    check === true ? [] : [{ field: check[0], message: check[1] }],
  );
  if (violations.length > 0) throw invalidFields(violations);
}
