import type { ApiResources } from '../../api-resources.ts';
import type { PresentedCredential } from '../../app/client-authenticator.ts';
import { OAuthError } from '../../oauth-error.ts';
import type { IssuedPair } from '../token-pair.ts';
import { type GrantParameters, type GrantRequest, requireParameter, type TokenGrant } from './grant.ts';

/** The grants of the token endpoint, by `grant_type`. */
export class TokenGrants {
  readonly #grants: ReadonlyMap<string, TokenGrant>;
  readonly #resources: ApiResources;

  constructor(grants: readonly TokenGrant[], resources: ApiResources) {
    this.#resources = resources;
    this.#grants = new Map(grants.map((grant) => [grant.type, grant]));
  }

  /** The supported grant types, for the metadata (RFC 8414 section 2). */
  get types(): string[] {
    return [...this.#grants.keys()];
  }

  /** Undefined for an unknown grant type, which `issue` rejects after the client is authenticated. */
  credentialOf(parameters: GrantParameters): PresentedCredential | undefined {
    return this.#grants.get(parameters.get('grant_type'))?.credentialOf(parameters);
  }

  async issue(request: GrantRequest): Promise<IssuedPair> {
    const problem = this.#resources.problemWith(request.parameters.resources);
    if (problem !== undefined) throw new OAuthError('invalid_target', problem);
    const grant = this.#grants.get(requireParameter(request.parameters, 'grant_type'));
    if (grant !== undefined) return grant.issue(request);
    throw new OAuthError('unsupported_grant_type', `grant_type must be ${this.types.join(' or ')}`);
  }
}
