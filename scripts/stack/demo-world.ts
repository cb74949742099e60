import { createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { DirectoryService } from '#gen/featureos/oauth/v1/directory_service_pb.ts';

/** Who is there in a fresh stack. */
export const DEMO = {
  owner_organization: { id: 1, subdomain: 'acme' },
  target_organization: { id: 2, subdomain: 'globex' },
  users: { owner_admin: 1, target_admin: 2, target_member: 3 },
} as const;

const ORGANIZATIONS = [
  { id: 1n, subdomain: 'acme', name: 'Acme Inc' },
  { id: 2n, subdomain: 'globex', name: 'Globex Corporation' },
];
const USERS = [
  { id: 1n, name: 'Olga Owner', email: 'olga@acme.example' },
  { id: 2n, name: 'Tara Target', email: 'tara@globex.example' },
  { id: 3n, name: 'Max Member', email: 'max@globex.example' },
];
const MEMBERSHIPS = [
  { organizationId: 1n, userId: 1n, role: Role.ADMIN },
  { organizationId: 2n, userId: 2n, role: Role.ADMIN },
  { organizationId: 2n, userId: 3n, role: Role.MEMBER },
];

/** DirectoryService as the host platform calls it. */
export function directoryClient(authServerGrpc: string, platformToken: string) {
  const authenticate: Interceptor = (next) => (request) => {
    request.header.set('authorization', `Bearer ${platformToken}`);
    return next(request);
  };
  const transport = createGrpcTransport({ baseUrl: `http://${authServerGrpc}`, interceptors: [authenticate] });
  return createClient(DirectoryService, transport);
}

/** Tells auth-server of the demo organizations, users and roles. May be repeated. */
export async function seedDemoWorld(authServerGrpc: string, platformToken: string): Promise<void> {
  const directory = directoryClient(authServerGrpc, platformToken);
  for (const organization of ORGANIZATIONS) await directory.putOrganization({ organization });
  for (const user of USERS) await directory.putUser({ user });
  for (const membership of MEMBERSHIPS) await directory.putMembership({ membership });
}
