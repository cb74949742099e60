import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import type { SessionService } from '#gen/featureos/oauth/v1/session_service_pb.ts';
import { ownerOfSandbox } from '../domain/directory/sandbox.ts';
import type { SessionManager } from '../domain/session.ts';
import { toProtoOrganizationRef, toProtoOrganizationStatus, toProtoRole } from './convert.ts';
import { userIdOf } from './request-context.ts';

/** SessionService: the signed-in user of the pages. */
export function sessionService(sessions: SessionManager): UnaryHandlers<typeof SessionService> {
  return {
    async getSession(_request, context) {
      const { user, organizations } = await sessions.view(userIdOf(context));
      return {
        session: {
          user: { ...user, id: BigInt(user.id) },
          organizations: organizations.map(({ organization, role }) => ({
            organization: toProtoOrganizationRef(organization),
            role: toProtoRole(role),
            status: toProtoOrganizationStatus(organization.status),
            sandboxOf: BigInt(ownerOfSandbox(organization.id) ?? 0),
          })),
        },
      };
    },
  };
}
