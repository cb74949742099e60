import type { Client } from 'pg';
import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { CredentialKind } from '#common/credentials/kinds.ts';
import { copyRows } from './copy-rows.ts';
import { loadTenancy, REDIRECT_URI } from './load-tenancy.ts';
import type { Tenancy } from './tenancy.ts';

/** The two grants of the token endpoint. */
export type Grant = 'authorization_code' | 'refresh_token';

/** The apps of a tenancy as OAuth clients: with a secret each, and a code and a token pair for each install. */
export class TokenClients {
  readonly tenancy: Tenancy;
  readonly #secrets: readonly string[];
  readonly #accessTokens: readonly string[];
  readonly #refreshTokens: readonly string[];
  readonly #codes: readonly string[];

  private constructor(tenancy: Tenancy, format: CredentialFormat) {
    const mint = (kind: CredentialKind, length: number) => Array.from({ length }, () => format.mint(kind).reveal());
    this.tenancy = tenancy;
    this.#secrets = mint('client_secret', tenancy.apps);
    this.#accessTokens = mint('access_token', tenancy.installs);
    this.#refreshTokens = mint('refresh_token', tenancy.installs);
    this.#codes = mint('authorization_code', tenancy.installs);
  }

  static async load(client: Client, tenancy: Tenancy, format: CredentialFormat): Promise<TokenClients> {
    const clients = new TokenClients(tenancy, format);
    await loadTenancy(client, tenancy, {
      access: (index) => hashOf(clients.#accessTokens, index),
      refresh: (index) => hashOf(clients.#refreshTokens, index),
    });
    await clients.#copySecrets(client);
    await clients.#copyCodes(client);
    return clients;
  }

  /** The body of a request for that install. All bodies of a grant have the same length. */
  form(grant: Grant, index: number): string {
    const { appId } = this.tenancy.install(index);
    const parameters =
      grant === 'refresh_token'
        ? { refresh_token: at(this.#refreshTokens, index) }
        : { code: at(this.#codes, index), redirect_uri: REDIRECT_URI };
    const credentials = { client_id: this.tenancy.clientId(appId), client_secret: at(this.#secrets, this.#app(index)) };
    return new URLSearchParams({ grant_type: grant, ...parameters, ...credentials }).toString();
  }

  #app(index: number): number {
    return index % this.tenancy.apps;
  }

  /** Codes have the ids that follow those of the pairs. */
  #codeId(index: number): number {
    return this.tenancy.pairId(this.tenancy.installs + index);
  }

  async #copySecrets(client: Client): Promise<void> {
    const { issuedAt } = this.tenancy;
    const rows = this.#secrets.map((secret, app) => [
      ...[this.tenancy.appId(app), hashOf(this.#secrets, app), secret.slice(-4), issuedAt],
    ]);
    await copyRows(client, 'app_secrets', ['app_id', 'secret_hash', 'hint', 'created_at'], rows);
  }

  async #copyCodes(client: Client): Promise<void> {
    const { issuedAt, expiresAt, scopes } = this.tenancy;
    const columns = ['id', 'code_hash', 'app_id', 'organization_id', 'user_id', 'redirect_uri', 'actor_mode', 'scopes'];
    const more = ['webhook_events', 'created_at', 'expires_at'];
    const rows = this.#codes.map((_code, index) => {
      const { appId, organizationId, userId, actorMode } = this.tenancy.install(index);
      const bound = [appId, organizationId, userId, REDIRECT_URI, actorMode, scopes, []];
      return [this.#codeId(index), hashOf(this.#codes, index), ...bound, issuedAt, expiresAt];
    });
    await copyRows(client, 'authorization_codes', [...columns, ...more], rows);
    await client.query('VACUUM ANALYZE app_secrets, authorization_codes');
  }
}

const at = (texts: readonly string[], index: number): string => texts[index] as string;

const hashOf = (texts: readonly string[], index: number): Buffer => hashCredential(at(texts, index));
