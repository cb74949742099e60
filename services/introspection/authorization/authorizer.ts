import { Refusal, type RouteRefusals, requestToken } from '@featureos/introspection-client';
import type { Log } from '#common/process/log.ts';
import { WarningLimit } from '#common/process/warning-limit.ts';
import type { Responder } from '#common/rpc/responder.ts';
import type { ReadOptions } from '../read-path/state-loader.ts';
import { type Identity, identityOf } from './identity.ts';
import { RequiredScopes } from './required-scopes.ts';

export interface AccessRequest {
  /** The values of all `authorization` headers. */
  readonly authorization: readonly string[];
  /** The bearer token, if it has been read already and is the only value; otherwise `authorization` is parsed. */
  readonly token?: string | undefined;
  /** The scopes of the route in the proxy's configuration, separated by spaces; empty if none are configured. */
  readonly requiredScope: string;
}

/** Responds with an encoded IntrospectResponse. */
export interface TokenIntrospector {
  introspect(token: string, options: ReadOptions, responder: Responder): void;
}

/** Receives the decision. Exactly one function is called, once. Must not throw. */
export interface DecisionHandler {
  allow(identity: Identity): void;
  deny(refusal: Refusal): void;
  /** No decision was possible: the proxy must get an error, not a denial. */
  fail(error: unknown): void;
}

/** Decisions since the start. */
export interface DecisionCounts {
  allowed: number;
  denied: number;
  /** Denied because the proxy's configuration names no scope, or one that does not exist; not counted in `denied`. */
  misconfigured: number;
  undecided: number;
}

/** Decides whether a request may pass a proxy, for ext_authz and for both HTTP endpoints. */
export class Authorizer {
  readonly counts: DecisionCounts = { allowed: 0, denied: 0, misconfigured: 0, undecided: 0 };
  readonly #introspector: TokenIntrospector;
  readonly #scopes: RequiredScopes;
  readonly #warnings: WarningLimit;

  /** `resourceMetadata`: see RequiredScopes. */
  constructor(introspector: TokenIntrospector, log: Log, resourceMetadata?: string) {
    this.#introspector = introspector;
    this.#scopes = new RequiredScopes(resourceMetadata);
    this.#warnings = new WarningLimit(log);
  }

  decide(request: AccessRequest, options: ReadOptions, handler: DecisionHandler): void {
    const { requiredScope } = request;
    const route = this.#scopes.of(requiredScope);
    if (route instanceof Refusal) {
      this.counts.misconfigured++;
      this.#warnings.warn(
        { scope: requiredScope.slice(0, 200) },
        `request denied because of the proxy's configuration: ${route.message}`,
      );
      handler.deny(route);
      return;
    }
    const token = request.token ?? requestToken(request.authorization, route);
    if (token instanceof Refusal) {
      this.#deny(token, handler);
      return;
    }
    this.#introspector.introspect(token, options, {
      respond: (response) => this.#decideFrom(response, route, handler),
      fail: (error) => this.#fail(error, handler),
    });
  }

  #decideFrom(response: Uint8Array, refusals: RouteRefusals, handler: DecisionHandler): void {
    let identity: Identity | undefined;
    try {
      identity = identityOf(response);
    } catch (error) {
      this.#fail(error, handler);
      return;
    }
    if (identity === undefined) {
      this.#deny(refusals.invalidToken, handler);
      return;
    }
    const missing = refusals.missingScope(identity.scopes);
    if (missing !== undefined) {
      this.#deny(missing, handler);
      return;
    }
    this.counts.allowed++;
    handler.allow(identity);
  }

  #deny(refusal: Refusal, handler: DecisionHandler): void {
    this.counts.denied++;
    handler.deny(refusal);
  }

  #fail(error: unknown, handler: DecisionHandler): void {
    this.counts.undecided++;
    handler.fail(error);
  }
}
