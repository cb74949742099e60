/** While an admin's request waits for the lock on the organization, the platform gives its subdomain to another one. */
import { expect, test } from 'vitest';
import { ActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { AppService } from '../../gen/featureos/oauth/v1/app_service_pb.ts';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallPolicyService } from '../../gen/featureos/oauth/v1/install_policy_service_pb.ts';
import { InstallRequestService } from '../../gen/featureos/oauth/v1/install_request_service_pb.ts';
import { openSession } from '../support/database.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { type OrganizationWithAdmin, REDIRECT_URI } from '../support/world.ts';

const bed = testBed({ replicas: 0 });

interface Request {
  readonly target: OrganizationWithAdmin;
  /** Of a member for an app in `target`. */
  readonly requestId: string;
}

type Call = (request: Request) => Promise<unknown>;

const inOrganization = ({ subdomain }: OrganizationWithAdmin) => ({ headers: { 'x-organization': subdomain } });

const CALLS: [name: string, call: Call][] = [
  [
    'register an app',
    async ({ target }) => {
      const app = {
        name: 'An app',
        redirectUris: [REDIRECT_URI],
        declaredScopes: ['posts:read'],
        allowedActorModes: [ActorMode.APP],
      };
      return (await bed.world.rpcAs(AppService, target.admin)).registerApp(app, inOrganization(target));
    },
  ],
  [
    'put the install policy',
    async ({ target }) => {
      const policies = await bed.world.rpcAs(InstallPolicyService, target.admin);
      return policies.putInstallPolicy({ policy: { onlyVerifiedApps: true } }, inOrganization(target));
    },
  ],
  [
    'create the sandbox',
    async ({ target }) => (await bed.world.rpcAs(AppService, target.admin)).createSandbox({}, inOrganization(target)),
  ],
  [
    'dismiss an install request',
    async ({ target, requestId }) => {
      const requests = await bed.world.rpcAs(InstallRequestService, target.admin);
      return requests.dismissInstallRequest({ requestId, reason: 'no' }, inOrganization(target));
    },
  ],
];

async function newRequest(): Promise<Request> {
  const [target, { admin: member }] = [await bed.world.newOrganization(), await bed.world.newOrganization()];
  await bed.world.setRole(target.id, member, Role.MEMBER);
  const { clientId } = await bed.world.registerApp();
  const parameters = { clientId, redirectUri: REDIRECT_URI, responseType: 'code', actor: 'app' };
  const requests = await bed.world.rpcAs(InstallRequestService, member);
  await requests.requestInstall({ parameters, targetOrganizationId: target.id });
  const asAdmin = await bed.world.rpcAs(InstallRequestService, target.admin);
  const listed = await asAdmin.listInstallRequests({}, inOrganization(target));
  return { target, requestId: listed.requests[0]?.id as string };
}

/**
 * Calls while another server holds the lock on the organization, and commits there that the subdomain now belongs to another
 * organization, of which the caller is an admin too. Runs `change` in the same transaction.
 */
async function duringRename({ target, ...request }: Request, call: Call, change?: string): Promise<unknown> {
  const other = await bed.world.newOrganization();
  await bed.world.setRole(other.id, target.admin, Role.ADMIN);
  const session = await openSession(bed.system.databaseUrl);
  await session.query('BEGIN');
  await session.query(`SELECT take_lock('organization:${target.id}', 'update', true)`);
  const called = Promise.allSettled([call({ target, ...request })]);
  await expect.poll(() => bed.tables.waitingForLocks(), { timeout: 4_000 }).toBeGreaterThan(0);
  await session.query(`UPDATE organizations SET subdomain = 'renamed-${target.id}' WHERE id = ${target.id}`);
  await session.query(`UPDATE organizations SET subdomain = '${target.subdomain}' WHERE id = ${other.id}`);
  if (change !== undefined) await session.query(change);
  await session.query('COMMIT');
  const [outcome] = await called;
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

test.each(CALLS)('a former admin cannot %s of the organization that had the subdomain', async (_name, call) => {
  const request = await newRequest();
  const { id, admin } = request.target;
  const removal = `DELETE FROM memberships WHERE organization_id = ${id} AND user_id = ${admin}`;
  await expectRpcError(duringRename(request, call, removal), ErrorReason.NOT_AN_ADMIN);
});

test('no app can be registered in an organization that is being deleted', async () => {
  const request = await newRequest();
  const deletion = `UPDATE organizations SET deleted_at = now() WHERE id = ${request.target.id}`;
  const [[, register]] = CALLS as [(typeof CALLS)[number]];
  await expectRpcError(duringRename(request, register, deletion), ErrorReason.NOT_AN_ADMIN);
});

test.each(CALLS)('an admin can still %s of the organization that had the subdomain', async (_name, call) => {
  const request = await newRequest();
  await duringRename(request, call);
  const [latest] = (await bed.world.operator.listAuditEvents({ organizationId: request.target.id })).events;
  expect(latest?.action).toBeOneOf([
    'app.registered',
    'install_policy.changed',
    'sandbox.created',
    'install_request.dismissed',
  ]);
});
