import { createHash } from 'node:crypto';
import { type HttpResponse, REDIRECT_URI } from '../../support/world.ts';
import type { ApiClient, Outcome } from '../cluster/api-client.ts';
import { type LoadContext, perform } from './load-context.ts';
import { SCOPES, type Tenant } from './tenant.ts';

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Other refusals of a refresh are not final: a suspension can end, and a removed member can be added again. */
const isFinal = (refusal: string): boolean => /the refresh token (is unknown|was (replaced|revoked))/.test(refusal);

export type TokenLifecycle = ReturnType<typeof tokenLifecycle>;

/** Issues, refreshes and ends the tokens of a tenant, and records this in the dimension `liveToken`. */
export function tokenLifecycle(tenant: Tenant, client: ApiClient, context: LoadContext) {
  const { database } = context;
  const { world } = client;
  const { liveToken, tokens, organizationId, subdomain } = tenant;
  /** The pair that the app received last, until it is known to have ended. `code` is that of the exchange that it stems from. */
  let pair: { readonly access: string; readonly refresh: string; readonly code: string } | undefined;
  let isAccessRevoked = false;

  const rows = () => database.pairs(tenant.appId, organizationId);
  const installId = () => {
    const text = 'SELECT id AS value FROM installs WHERE app_id = $1 AND organization_id = $2 ORDER BY id DESC LIMIT 1';
    return database.value(text, [tenant.appId, organizationId]);
  };

  async function change(value: string, call: () => Promise<Outcome>, isRepeatable = true) {
    const before = await rows();
    const isCommitted = async () => JSON.stringify(await rows()) !== JSON.stringify(before);
    const body = await perform({ dimension: liveToken, value, call, isCommitted, isRepeatable, isFinal }, context);
    if (body === undefined || value === 'none') await updateFromDatabase();
    return body;
  }

  async function updateFromDatabase(): Promise<void> {
    const hash = pair && hashOf(pair.access);
    const row = (await rows()).find(({ accessHash }) => accessHash === hash);
    isAccessRevoked = row?.accessLive === false;
    if (row?.pairLive !== true) pair = undefined;
  }

  async function issue(code: string, call: () => Promise<HttpResponse>, isRepeatable: boolean): Promise<void> {
    const body = await change(`token ${tokens.length}`, () => client.http(call()), isRepeatable);
    if (body === undefined) {
      const last = liveToken.versions.at(-1);
      if (last?.outcome === 'committed') last.value = 'a pair whose response was lost';
      return;
    }
    pair = { access: String(body['access_token']), refresh: String(body['refresh_token']), code };
    isAccessRevoked = false;
    tokens.push(pair.access);
  }

  const end = (call: () => Promise<HttpResponse>) => change('none', () => client.http(call()));
  const revoke = (token = '') => end(() => world.client(tenant.app, '/oauth/revoke', { token }));

  return {
    /** Whether the access token that the app received last is live. A token whose response was lost does not count. */
    hasLiveToken: () => pair !== undefined && !isAccessRevoked,

    /** Consent and exchange: installs the app, or replaces the pair of its install. */
    async install(): Promise<void> {
      const fields = {
        client_id: tenant.app.clientId,
        redirect_uri: REDIRECT_URI,
        scope: SCOPES.join(' '), // explicit, as `widenApp` may have declared one more
        target_organization_id: Number(organizationId),
        actor: 'self',
      };
      const consent = world.as(tenant.installerId, 'POST', '/oauth/authorize/consent', fields, subdomain.value);
      const outcome = await client.http(consent);
      if (outcome.kind !== 'done') return;
      const code = new URL(String(outcome.body['redirect_to'])).searchParams.get('code') ?? '';
      await issue(code, () => world.exchange(tenant.app, code), false);
    },

    /**
     * Refreshes the pair. A committed refresh that returned no pair is repeated until it returns one, is refused for good, or the
     * run closes.
     */
    async refresh(): Promise<void> {
      if (pair === undefined) return;
      const { refresh, code } = pair;
      await issue(code, () => world.refresh(tenant.app, refresh), true);
    },

    /** Disconnects the app as the admin of the organization. */
    async disconnect(): Promise<void> {
      const path = `/oauth/installs/${await installId()}`;
      await end(() => world.as(tenant.adminId, 'DELETE', path, undefined, subdomain.value));
    },

    async revokeByOperator(): Promise<void> {
      const request = { installId: await installId(), reason: 'test' };
      await change('none', () => client.rpc(world.operator.revokeInstall(request)));
    },

    /** RFC 7009: the install ends. */
    revokeByRefreshToken: () => revoke(pair?.refresh),
    /** RFC 7009: only the access token ends. */
    revokeAccess: () => revoke(pair?.access),

    /** Redeems the code a second time. The refusal reports that the pair is revoked (RFC 6749 section 4.1.2). */
    async replayCode(): Promise<void> {
      const code = pair?.code ?? '';
      await change('none', async () => {
        const outcome = await client.http(world.exchange(tenant.app, code));
        return outcome.kind === 'refused' && outcome.why.includes('are revoked') ? { kind: 'done', body: {} } : outcome;
      });
    },
  };
}
