import { asOrganizationId, type OrganizationId } from '../ids.ts';
import type { Organization } from './directory.ts';

/** The largest id of an organization of the host platform. */
export const MAX_PLATFORM_ORGANIZATION_ID = 999_999_999_999;
/** A sandbox has the id of its owner plus this. The SQL function member_organization has the same number. */
const SANDBOX_ID_OFFSET = MAX_PLATFORM_ORGANIZATION_ID + 1;
/** Organizations of the host platform cannot have such a subdomain. */
const SANDBOX_SUBDOMAIN = /^sandbox--\d+$/;

export const isSandbox = (id: OrganizationId): boolean => id > MAX_PLATFORM_ORGANIZATION_ID;

export const isSandboxSubdomain = (subdomain: string): boolean => SANDBOX_SUBDOMAIN.test(subdomain);

/** The id that the sandbox of an organization has, whether or not it exists. */
export const sandboxIdOf = (owner: OrganizationId): OrganizationId => asOrganizationId(owner + SANDBOX_ID_OFFSET);

/** Undefined for an organization of the host platform. */
export const ownerOfSandbox = (id: OrganizationId): OrganizationId | undefined =>
  isSandbox(id) ? asOrganizationId(id - SANDBOX_ID_OFFSET) : undefined;

/** The sandbox of an organization. It has the status of its owner. */
export const sandboxOf = ({ id, name, status }: Organization): Organization => ({
  id: sandboxIdOf(id),
  subdomain: `sandbox--${id}`,
  name: `${name} sandbox`,
  status,
});
