import { type ServiceError, status } from '@grpc/grpc-js';
import { ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InactiveReason, type IntrospectResponse } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import { errorDetailOf } from '../../../packages/introspection-client/replicated-client/error-detail.ts';
import type { Request } from '../checker/history.ts';
import type { ReplicaNode } from '../cluster/nodes.ts';
import { type LoadContext, repeat } from './load-context.ts';
import { MEMBER_SCOPES, SCOPES, type Tenant } from './tenant.ts';

const REASON_NAMES = new Map<number, string>(Object.entries(InactiveReason).map(([name, value]) => [value, name]));
const ROLE_OF_SCOPES = new Map([
  [SCOPES.join(' '), 'admin'],
  [MEMBER_SCOPES.join(' '), 'member'],
]);

const roleOf = (scopes: readonly string[]) => ROLE_OF_SCOPES.get(scopes.join(' ')) ?? `the scopes ${scopes.join(' ')}`;

/** Describes the response in the same words as `DatabaseOracle.token`. */
export function describe({ active, inactiveReason, organization, scopes }: IntrospectResponse): string {
  if (!active) return REASON_NAMES.get(inactiveReason) ?? `reason ${inactiveReason}`;
  return `${organization?.subdomain} as ${roleOf(scopes)}`;
}

/** A failed call of Introspect. */
interface Failure extends Request {
  readonly tenant: Tenant;
  readonly why: string;
}

/** Concurrent loops for each replica. */
export const LOOPS = 3;
/** Average pause of a loop between two calls. */
const PAUSE_MS = 12;
/** How many of a tenant's newest tokens are introspected. The revoked ones must stay revoked. */
const NEWEST_TOKENS = 4;

/** Introspects tokens and records responses. Those that no history can explain are defects, as are errors other than outages. */
export function introspectionLoad(context: LoadContext) {
  const { random, defects } = context;
  const load = {
    responses: 0,
    failures: [] as Failure[],

    /** Introspects random tokens of the tenants on all replicas until the run closes. */
    async run(replicas: readonly ReplicaNode[], tenants: readonly Tenant[]): Promise<void> {
      const introspectRandom = async (replica: ReplicaNode) => {
        const tenant = random.pick(tenants);
        const { length } = tenant.tokens;
        if (length === 0) return;
        const back = random.chance(0.7) ? 0 : random.below(Math.min(NEWEST_TOKENS, length));
        await load.introspect(replica, tenant, length - 1 - back);
      };
      const loops = replicas.flatMap((replica) => Array.from({ length: LOOPS }, () => replica));
      await Promise.all(loops.map((replica) => repeat(context, PAUSE_MS, () => introspectRandom(replica))));
    },

    /** Introspects one of a tenant's tokens, by default the newest. */
    introspect(replica: ReplicaNode, tenant: Tenant, index = tenant.tokens.length - 1): Promise<void> {
      const record: Recorder = (response, request) => observe(tenant, index, response, request);
      return load.introspectToken(replica, tenant, tenant.tokens[index] as string, record);
    },

    async introspectToken(replica: ReplicaNode, tenant: Tenant, token: string, record: Recorder): Promise<void> {
      const startedAt = performance.now();
      const request = () => ({ startedAt, endedAt: performance.now(), where: replica.name });
      try {
        const response = await replica.introspect(token);
        const defect = record(response, request());
        if (defect !== undefined) defects.push(defect);
        load.responses++;
      } catch (error) {
        const { message: why } = error as ServiceError;
        load.failures.push({ ...request(), tenant, why });
        if (!isOutage(error as ServiceError)) defects.push(`${replica.name}: ${why}`);
      }
    },
  };
  return load;
}

/** Records a response. Returns a defect if no history can explain it. */
export type Recorder = (response: IntrospectResponse, request: Request) => string | undefined;

/** An outage is UNAVAILABLE with the reason DEPENDENCY_UNAVAILABLE. */
function isOutage(error: ServiceError): boolean {
  return error.code === status.UNAVAILABLE && errorDetailOf(error)?.reason === ErrorReason.DEPENDENCY_UNAVAILABLE;
}

/**
 * Records what a response about a tenant's token says of its dimensions. An inactive response has only the first reason that
 * applies (revoked, suspended, not a member), so it says nothing of later ones. Returns a defect if no history can explain it.
 */
export function observe(
  { name, liveToken, suspension, role, subdomain }: Tenant,
  index: number,
  response: IntrospectResponse,
  request: Request,
): string | undefined {
  const token = `token ${index}`;
  const { active, inactiveReason, scopes, organization } = response;
  if (inactiveReason === InactiveReason.REVOKED) {
    liveToken.observe(request, `${token} is revoked`, (value) => value !== token);
    return undefined;
  }
  liveToken.observe(request, token);
  const isSuspended = inactiveReason === InactiveReason.SUSPENDED;
  suspension.observe(request, isSuspended ? 'suspended' : 'active');
  if (isSuspended) return undefined;
  if (inactiveReason === InactiveReason.USER_NOT_MEMBER) role.observe(request, 'none');
  else if (!active) return `${request.where} says ${describe(response)} of ${name}'s ${token}`;
  else {
    role.observe(request, roleOf(scopes));
    subdomain.observe(request, organization?.subdomain ?? '');
  }
  return undefined;
}
