import { type DescMethod, getOption } from '@bufbuild/protobuf';
import { Authorization } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import { Caller, callers as callersOption } from '#gen/featureos/oauth/v1/access_pb.ts';
import { ServerReflection } from '#gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '#gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { Health } from '#gen/health/v1/health_pb.ts';
import { notAllowed, unauthenticated } from '../errors/app-error.ts';
import type { CallerIdentity } from './caller.ts';

const REFLECTION: ReadonlySet<string> = new Set([ServerReflection.typeName, ServerReflectionAlpha.typeName]);

const CALLER_OPTIONS: Record<CallerIdentity['kind'], Caller> = {
  user: Caller.USER,
  gateway: Caller.GATEWAY,
  platform: Caller.PLATFORM,
  operator: Caller.OPERATOR,
  introspection: Caller.INTROSPECTION,
};

/** The callers of Envoy's services, whose contracts do not have the option `callers`. */
const EXTERNAL_SERVICES: ReadonlyMap<string, readonly Caller[]> = new Map([[Authorization.typeName, [Caller.GATEWAY]]]);

/** Whether users may call a method. Such methods are also served on the HTTP port, for browsers. */
export const isForUsers = (method: DescMethod): boolean => getOption(method, callersOption).includes(Caller.USER);

/** The rules of gRPC's own services, whose contracts do not have the option `callers`. */
export interface CommonServiceRules {
  /** Reflection without a credential, for development. Otherwise any authenticated caller may use it. */
  readonly openReflection: boolean;
}

/** Decides who may call a method. Denies by default: a method without a rule has no callers. */
export class CallerRules {
  readonly #rules: CommonServiceRules;

  constructor(rules: CommonServiceRules) {
    this.#rules = rules;
  }

  /** Throws UNAUTHENTICATED or PERMISSION_DENIED unless the caller (undefined: no credential) may call the method. */
  require(method: DescMethod, caller: CallerIdentity | undefined): void {
    const service = method.parent.typeName;
    if (service === Health.typeName) return;
    if (REFLECTION.has(service) && this.#rules.openReflection) return;
    if (caller === undefined) {
      throw unauthenticated(`${service}/${method.name} requires a credential: send it as \`authorization: Bearer …\``);
    }
    if (REFLECTION.has(service)) return;
    const allowed = EXTERNAL_SERVICES.get(service) ?? getOption(method, callersOption);
    if (allowed.includes(CALLER_OPTIONS[caller.kind])) return;
    throw notAllowed(`callers of kind ${caller.kind} may not call ${service}/${method.name}`);
  }
}
