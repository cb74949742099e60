import { AppService } from '../../gen/featureos/oauth/v1/app_service_pb.ts';
import type { TestBed } from './test-bed.ts';
import {
  type Admin,
  expectStatus,
  type HttpResponse,
  type OrganizationWithAdmin,
  type RegisteredApp,
} from './world.ts';

export interface Sandbox {
  readonly id: bigint;
  readonly subdomain: string;
}

/** An organization with an app and a sandbox. */
export interface SandboxOwner extends OrganizationWithAdmin {
  readonly app: RegisteredApp;
  readonly sandbox: Sandbox;
}

/** Creates the sandbox of an organization, as its admin unless another user is given. */
export async function createSandbox({ world }: TestBed, owner: Admin, userId = owner.admin): Promise<Sandbox> {
  const apps = await world.rpcAs(AppService, userId);
  const { sandbox } = await apps.createSandbox({}, { headers: { 'x-organization': owner.subdomain } });
  return sandbox as NonNullable<typeof sandbox>;
}

/** An organization with a sandbox, and with an app that has these fields. */
export async function newSandboxOwner(bed: TestBed, fields: Record<string, unknown> = {}): Promise<SandboxOwner> {
  const owner = await bed.world.newOrganization();
  const app = await bed.world.registerApp(fields, owner);
  return { ...owner, app, sandbox: await createSandbox(bed, owner) };
}

/** Consents to an app in the sandbox of the owner, as the owner's admin and to the owner's app by default. */
export const consentInSandbox = (
  { world }: TestBed,
  owner: SandboxOwner,
  userId = owner.admin,
  app = owner.app,
): Promise<HttpResponse> => world.consent(app, { target_organization_id: Number(owner.sandbox.id) }, userId);

/** The entry of the sandbox on the user's consent page for an app. */
export async function listedSandbox({ world }: TestBed, owner: SandboxOwner, userId = owner.admin, app = owner.app) {
  const { body } = expectStatus(200, await world.view(app, {}, userId));
  return body.organizations.find(({ id }: { id: number }) => id === Number(owner.sandbox.id));
}
