import type { Client } from '@connectrpc/connect';
import { Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import type { DirectoryService } from '#gen/featureos/oauth/v1/directory_service_pb.ts';

/** The demo organizations and users that stack.json names, for scripts and tests. */
export const DEMO = {
  owner_organization: { id: 1, subdomain: 'acme' },
  target_organization: { id: 2, subdomain: 'globex' },
  users: { owner_admin: 1, target_admin: 2, target_member: 3 },
} as const;

/** A user who can sign in. */
export interface DemoUser {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly description: string;
}

export const DEMO_USERS: readonly DemoUser[] = [
  { id: 1, name: 'Olga Owner', email: 'olga@acme.example', description: 'Admin of Acme Inc, which owns apps' },
  { id: 2, name: 'Tara Target', email: 'tara@globex.example', description: 'Admin of Globex, which installs apps' },
  { id: 3, name: 'Max Member', email: 'max@globex.example', description: 'Member of Globex, who may not install apps' },
  {
    id: 4,
    name: 'Sofia Several',
    email: 'sofia@initech.example',
    description: 'Admin of Initech, manager of Acme Inc',
  },
  { id: 5, name: 'Paula Plural', email: 'paula@hooli.example', description: 'Admin of both Hooli and Umbrella' },
  { id: 6, name: 'Mona Many', email: 'mona@agency.example', description: 'Admin of 20 clients of her agency' },
];

/** The organizations that Mona's agency works for: so many that the consent page has a search instead of a list. */
const AGENCY_CLIENTS = ['Alder', 'Birch', 'Cedar', 'Elm', 'Fir', 'Hazel', 'Juniper', 'Larch', 'Maple', 'Oak'].flatMap(
  (tree, index) => [
    { id: BigInt(11 + index), subdomain: `${tree.toLowerCase()}-labs`, name: `${tree} Labs` },
    { id: BigInt(31 + index), subdomain: `${tree.toLowerCase()}-studio`, name: `${tree} Studio` },
  ],
);
const ORGANIZATIONS = [
  { id: 1n, subdomain: 'acme', name: 'Acme Inc' },
  { id: 2n, subdomain: 'globex', name: 'Globex Corporation' },
  { id: 3n, subdomain: 'initech', name: 'Initech' },
  { id: 4n, subdomain: 'hooli', name: 'Hooli' },
  { id: 5n, subdomain: 'umbrella', name: 'Umbrella' },
  ...AGENCY_CLIENTS,
];
const MEMBERSHIPS = [
  { organizationId: 1n, userId: 1n, role: Role.ADMIN },
  { organizationId: 2n, userId: 2n, role: Role.ADMIN },
  { organizationId: 2n, userId: 3n, role: Role.MEMBER },
  { organizationId: 3n, userId: 4n, role: Role.ADMIN },
  { organizationId: 1n, userId: 4n, role: Role.MANAGER },
  { organizationId: 4n, userId: 5n, role: Role.ADMIN },
  { organizationId: 5n, userId: 5n, role: Role.ADMIN },
  ...AGENCY_CLIENTS.map(({ id }) => ({ organizationId: id, userId: 6n, role: Role.ADMIN })),
];

/** Creates the demo organizations, users and memberships. Idempotent. */
export async function seedDemoWorld(directory: Client<typeof DirectoryService>): Promise<void> {
  for (const organization of ORGANIZATIONS) await directory.putOrganization({ organization });
  for (const { id, name, email } of DEMO_USERS) await directory.putUser({ user: { id: BigInt(id), name, email } });
  for (const membership of MEMBERSHIPS) await directory.putMembership({ membership });
}
