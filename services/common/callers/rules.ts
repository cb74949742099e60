import { type DescMethod, getOption } from '@bufbuild/protobuf';
import { Authorization } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import { Caller, callers as callersOption } from '#gen/featureos/oauth/v1/access_pb.ts';
import { ServerReflection } from '#gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '#gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { Health } from '#gen/health/v1/health_pb.ts';
import { notAllowed, unauthenticated } from '../errors/app-error.ts';
import type { CallerIdentity } from './caller.ts';

const REFLECTION: ReadonlySet<string> = new Set([ServerReflection.typeName, ServerReflectionAlpha.typeName]);

const IN_CONTRACT: Record<CallerIdentity['kind'], Caller> = {
  user: Caller.USER,
  gateway: Caller.GATEWAY,
  platform: Caller.PLATFORM,
  operator: Caller.OPERATOR,
  introspection: Caller.INTROSPECTION,
};

/** Whether users may call a method: such methods are on the HTTP port, too, where browsers are. */
export const isForUsers = (method: DescMethod): boolean => getOption(method, callersOption).includes(Caller.USER);
/** Services of Envoy, whose contracts cannot carry our option. */
const ELSEWHERE: ReadonlyMap<string, readonly Caller[]> = new Map([[Authorization.typeName, [Caller.GATEWAY]]]);

/** The rules of gRPC's own services, whose contracts cannot carry our option. */
export interface CommonServiceRules {
  /** Reflection without a credential: for the development stack. Otherwise any authenticated caller. */
  readonly openReflection: boolean;
}

/** The one place that decides who may call a method. Deny by default: a method without a rule refuses everyone. */
export class CallerRules {
  readonly #rules: CommonServiceRules;

  constructor(rules: CommonServiceRules) {
    this.#rules = rules;
  }

  /** Returns if the caller (undefined: no credential) may call; throws UNAUTHENTICATED or PERMISSION_DENIED if not. */
  require(method: DescMethod, caller: CallerIdentity | undefined): void {
    const service = method.parent.typeName;
    if (service === Health.typeName) return;
    if (REFLECTION.has(service) && this.#rules.openReflection) return;
    if (caller === undefined) {
      throw unauthenticated(`${service}/${method.name} needs a credential: send it as \`authorization: Bearer …\``);
    }
    if (REFLECTION.has(service)) return;
    const allowed = ELSEWHERE.get(service) ?? getOption(method, callersOption);
    if (allowed.includes(IN_CONTRACT[caller.kind])) return;
    throw notAllowed(`${service}/${method.name} is not for callers of this kind`);
  }
}
