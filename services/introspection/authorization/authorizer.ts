import { Refusal, type RouteRefusals, requestToken } from '@featureos/introspection-client';
import type { Log } from '#common/process/log.ts';
import type { ResponseSink } from '#common/rpc/response-sink.ts';
import { type Identity, identityOf } from './identity.ts';
import { RequiredScopes } from './required-scopes.ts';
import { WarningLimit } from './warning-limit.ts';

/** What a proxy asks about one request. */
export interface AccessRequest {
  /** The values of all its `authorization` headers. */
  readonly authorization: readonly string[];
  /** Of the route, by the proxy's configuration; separated by spaces, empty where there is none. */
  readonly requiredScope: string;
}

/** Answers about tokens with an encoded IntrospectResponse. */
export interface TokenAnswers {
  introspect(token: string, deadline: number, sink: ResponseSink): void;
}

/** Takes the decision: one call, once. Must not throw. */
export interface DecisionSink {
  allow(identity: Identity): void;
  deny(refusal: Refusal): void;
  /** It cannot be decided: neither access nor a refusal. */
  fail(error: unknown): void;
}

/** Decisions since the start. */
export interface DecisionCounts {
  allowed: number;
  denied: number;
  /** Denied because the proxy asks for no scope, or for one that does not exist. */
  misconfigured: number;
  undecided: number;
}

/** Whether a request may pass a proxy: the one place that decides it, for ext_authz and for both HTTP endpoints. */
export class Authorizer {
  readonly counts: DecisionCounts = { allowed: 0, denied: 0, misconfigured: 0, undecided: 0 };
  readonly #answers: TokenAnswers;
  readonly #scopes: RequiredScopes;
  readonly #warnings: WarningLimit;

  /** `resourceMetadata`: see RequiredScopes. */
  constructor(answers: TokenAnswers, log: Log, resourceMetadata?: string) {
    this.#answers = answers;
    this.#scopes = new RequiredScopes(resourceMetadata);
    this.#warnings = new WarningLimit(log);
  }

  /** `deadline`: see CallContext. */
  decide({ authorization, requiredScope }: AccessRequest, deadline: number, sink: DecisionSink): void {
    const route = this.#scopes.of(requiredScope);
    if (route instanceof Refusal) {
      this.counts.misconfigured++;
      this.#warnings.warn({ scope: requiredScope.slice(0, 200) }, `a proxy asks wrongly: ${route.message}`);
      sink.deny(route);
      return;
    }
    const token = requestToken(authorization, route);
    if (token instanceof Refusal) {
      this.#deny(token, sink);
      return;
    }
    this.#answers.introspect(token, deadline, {
      respond: (answer) => this.#decideBy(answer, route, sink),
      refuse: (error) => this.#fail(error, sink),
    });
  }

  #decideBy(answer: Uint8Array, refusals: RouteRefusals, sink: DecisionSink): void {
    let identity: Identity | undefined;
    try {
      identity = identityOf(answer);
    } catch (error) {
      this.#fail(error, sink);
      return;
    }
    if (identity === undefined) {
      this.#deny(refusals.invalidToken, sink);
      return;
    }
    const missing = refusals.missingScope(identity.scopes);
    if (missing !== undefined) {
      this.#deny(missing, sink);
      return;
    }
    this.counts.allowed++;
    sink.allow(identity);
  }

  #deny(refusal: Refusal, sink: DecisionSink): void {
    this.counts.denied++;
    sink.deny(refusal);
  }

  #fail(error: unknown, sink: DecisionSink): void {
    this.counts.undecided++;
    sink.fail(error);
  }
}
