import { createHash } from 'node:crypto';
import type { AuthClient, Outcome } from '../harness/auth-client.ts';
import { perform } from './perform.ts';
import { type HeldPair, REDIRECT_URI, SCOPES, type Tenant } from './tenant.ts';
import type { PairRow } from './truth.ts';
import type { Workplace } from './workplace.ts';

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const LOST = 'a pair that nobody holds';
/** No other refusal of a refresh is final: suspensions and removed members come back. */
const isGone = (refusal: string): boolean => /the refresh token (is unknown|was (replaced|revoked))/.test(refusal);

/**
 * The life of a tenant's tokens, one change after another: installed, refreshed, consented to again, and ended in each
 * of the ways there are. The dimension's value is the token that is live.
 */
export class Life {
  readonly #tenant: Tenant;
  readonly #client: AuthClient;
  readonly #place: Workplace;
  #held: HeldPair | undefined;
  #accessRevoked = false;

  constructor(tenant: Tenant, client: AuthClient, place: Workplace) {
    this.#tenant = tenant;
    this.#client = client;
    this.#place = place;
  }

  /** The pair whose access token is live, as far as its app knows. */
  get live(): HeldPair | undefined {
    return this.#accessRevoked ? undefined : this.#held;
  }

  /** Consent and exchange; whatever was installed before is replaced. */
  async install(): Promise<void> {
    const code = await this.#consent();
    if (code === undefined) return;
    await this.#issue(code, { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI }, false);
  }

  /** One whose answer is lost is repeated until it gives its pair, or too much time has passed for that. */
  async refresh(): Promise<void> {
    if (this.#held === undefined) return;
    const { refresh, code } = this.#held;
    await this.#issue(code, { grant_type: 'refresh_token', refresh_token: refresh }, true);
  }

  /** The organization's admin ends the install. */
  async disconnect(): Promise<void> {
    const installId = await this.#installId();
    const { adminId, subdomain } = this.#tenant;
    await this.#end(() => this.#client.asUser(adminId, subdomain.value, 'DELETE', `/oauth/installs/${installId}`));
  }

  async revokeByOperator(): Promise<void> {
    const installId = await this.#installId();
    await this.#end(() => this.#client.rpc(this.#client.operator.revokeInstall({ installId, reason: 'test' })));
  }

  /** RFC 7009 with the refresh token: the install ends. */
  async revokeByRefreshToken(): Promise<void> {
    const token = this.#held?.refresh ?? '';
    await this.#end(() => this.#asApp('/oauth/revoke', { token }));
  }

  /** RFC 7009 with the access token: it dies alone. */
  async revokeAccess(): Promise<void> {
    const token = this.#held?.access ?? '';
    await this.#change('none', () => this.#asApp('/oauth/revoke', { token }), true);
  }

  /** The code that bought the pair is used once more. */
  async replayCode(): Promise<void> {
    const code = this.#held?.code ?? '';
    const parameters = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
    await this.#end(async () => {
      const outcome = await this.#asApp('/oauth/token', parameters);
      // This refusal is the report of the revocation (RFC 6749 section 4.1.2).
      return outcome.kind === 'refused' && outcome.why.includes('are revoked') ? { kind: 'done', body: {} } : outcome;
    });
  }

  async #end(call: () => Promise<Outcome>): Promise<void> {
    await this.#change('none', call, true);
  }

  async #issue(code: string, parameters: Record<string, string>, repeatable: boolean): Promise<void> {
    const index = this.#tenant.tokens.length;
    const body = await this.#change(`token ${index}`, () => this.#asApp('/oauth/token', parameters), repeatable);
    if (body === undefined) {
      const last = this.#tenant.life.versions.at(-1);
      if (last?.outcome === 'committed') last.value = LOST;
      return;
    }
    this.#held = { access: String(body['access_token']), refresh: String(body['refresh_token']), code };
    this.#accessRevoked = false;
    this.#tenant.tokens.push(this.#held.access);
  }

  async #change(value: string, call: () => Promise<Outcome>, repeatable: boolean) {
    const before = await this.#pairs();
    const happened = async () => JSON.stringify(await this.#pairs()) !== JSON.stringify(before);
    const change = { dimension: this.#tenant.life, value, call, happened, repeatable, isOver: isGone };
    const body = await perform(change, this.#place);
    if (body === undefined || value === 'none') await this.#look();
    return body;
  }

  /** What is left of the pair that the app holds, by Postgres. */
  async #look(): Promise<void> {
    const hash = this.#held && hashOf(this.#held.access);
    const row = (await this.#pairs()).find(({ accessHash }) => accessHash === hash);
    this.#accessRevoked = row?.accessLive === false;
    if (row?.pairLive !== true) this.#held = undefined;
  }

  #pairs(): Promise<PairRow[]> {
    return this.#place.truth.pairs(this.#tenant.appId, this.#tenant.organizationId);
  }

  async #installId(): Promise<string> {
    const { appId, organizationId } = this.#tenant;
    const [install] = await this.#place.truth.rows<{ id: string }>(
      `SELECT id FROM installs WHERE app_id = $1 AND organization_id = $2 ORDER BY id DESC LIMIT 1`,
      [appId, organizationId],
    );
    return install?.id ?? '';
  }

  async #consent(): Promise<string | undefined> {
    const { clientId, organizationId, installerId, subdomain } = this.#tenant;
    const outcome = await this.#client.asUser(installerId, subdomain.value, 'POST', '/oauth/authorize/consent', {
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      scope: SCOPES.join(' '), // named, since `touch` declares one more for a moment
      target_organization_id: Number(organizationId),
      actor: 'self',
    });
    if (outcome.kind !== 'done') return undefined;
    return new URL(String(outcome.body['redirect_to'])).searchParams.get('code') ?? undefined;
  }

  #asApp(path: string, parameters: Record<string, string>): Promise<Outcome> {
    return this.#client.asApp(this.#tenant.clientId, this.#tenant.clientSecret, path, parameters);
  }
}
