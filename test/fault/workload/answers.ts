import { InactiveReason, type IntrospectResponse } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import type { Dimension } from '../checker/history.ts';
import { MEMBER_SCOPES, SCOPES, type Tenant } from './tenant.ts';

const REASON_NAMES = new Map<number, string>(Object.entries(InactiveReason).map(([name, value]) => [value, name]));

export const nameOfReason = (reason: number): string => REASON_NAMES.get(reason) ?? `reason ${reason}`;

/** When an answer was asked for and given, and by whom. */
export interface Asked {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly where: string;
}

const ROLE_OF_SCOPES = new Map([
  [SCOPES.join(' '), 'admin'],
  [MEMBER_SCOPES.join(' '), 'member'],
]);

/**
 * Takes an answer apart into what it says of each dimension. Reasons hide each other (dead before suspended before not a
 * member), and what is hidden was not observed. Returns what no history could explain, if it is that.
 */
export function observe(tenant: Tenant, index: number, response: IntrospectResponse, asked: Asked): string | undefined {
  const { life, suspension, role, subdomain } = tenant;
  const token = `token ${index}`;
  const note = (dimension: Dimension, saw: string, accepts = (value: string) => value === saw) =>
    dimension.observations.push({ ...asked, saw, accepts });
  if (response.inactiveReason === InactiveReason.REVOKED) {
    note(life, `${token} is dead`, (value) => value !== token);
    return undefined;
  }
  note(life, token);
  if (response.inactiveReason === InactiveReason.SUSPENDED) {
    note(suspension, 'suspended');
    return undefined;
  }
  note(suspension, 'active');
  if (response.inactiveReason === InactiveReason.USER_NOT_MEMBER) {
    note(role, 'none');
    return undefined;
  }
  if (!response.active)
    return `${asked.where} says ${nameOfReason(response.inactiveReason)} of ${tenant.name}'s ${token}`;
  const scopes = response.scopes.join(' ');
  note(role, ROLE_OF_SCOPES.get(scopes) ?? `the scopes ${scopes}`);
  note(subdomain, response.organization?.subdomain ?? '');
  return undefined;
}
