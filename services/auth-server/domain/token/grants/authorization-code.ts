import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import { intersectScopes } from '#common/scopes/algebra.ts';
import type { OrganizationRef } from '../../app/app.ts';
import type { PresentedCredential } from '../../app/client-authenticator.ts';
import type { Client } from '../../app/client-store.ts';
import type { Authority } from '../../authority.ts';
import type { InstallId } from '../../ids.ts';
import type { Initiator } from '../../initiator.ts';
import type { Grant } from '../../install/install-store.ts';
import { describeRefusal, refusalOf } from '../../install-policy/install-policy.ts';
import { invalidGrant } from '../../oauth-error.ts';
import { matchesRegisteredRedirectUri } from '../../redirect-uri.ts';
import type { Stores } from '../../stores.ts';
import { intersectWebhookEvents } from '../../webhook/event-catalog.ts';
import { enqueueLifecycleEvents, enqueueUninstallEvents } from '../../webhook/lifecycle-events.ts';
import type { AuthorizationCode, CodeStore, ConsentBasis } from '../code-store.ts';
import { type IssuedPair, mintTokens } from '../token-pair.ts';
import { type GrantParameters, type GrantRequest, requireParameter, type TokenGrant } from './grant.ts';
import type { PairIssuer } from './pair-issuer.ts';
import { checkVerifier } from './pkce.ts';

/** Exchanges an authorization code for a token pair (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
export class AuthorizationCodeGrant implements TokenGrant {
  readonly type = 'authorization_code';
  readonly #pairs: PairIssuer;
  readonly #authority: Authority;
  readonly #format: CredentialFormat;
  readonly #clock: Clock;

  constructor(pairs: PairIssuer, authority: Authority, format: CredentialFormat, clock: Clock) {
    this.#pairs = pairs;
    this.#authority = authority;
    this.#format = format;
    this.#clock = clock;
  }

  credentialOf(parameters: GrantParameters): PresentedCredential {
    return { text: parameters.get('code'), kinds: ['authorization_code'] };
  }

  /** A wrong client, redirect URI or verifier neither uses up the code nor revokes anything. */
  async issue(request: GrantRequest): Promise<IssuedPair> {
    const { found, parameters, initiator, concurrentSuccess } = request;
    const { client, code } = found;
    const codeHash = hashCredential(requireParameter(parameters, 'code'));
    const redirectUri = requireParameter(parameters, 'redirect_uri');
    if (code?.appId !== client.id) throw invalidGrant('the code is unknown');
    if (code.redirectUri !== redirectUri) {
      throw invalidGrant('redirect_uri does not match the authorization request');
    }
    checkVerifier(code.codeChallenge, parameters.get('code_verifier'));
    const issued = code.consumedAt === null ? await this.#redeem(request, code, codeHash) : undefined;
    return issued ?? this.#refuseUsedCode(client, code, initiator, concurrentSuccess);
  }

  /** Undefined if the code was used after it was looked up. */
  #redeem(request: GrantRequest, code: AuthorizationCode, codeHash: Buffer): Promise<IssuedPair | undefined> {
    return this.#pairs.issue(request, 'install.granted', code, async (stores, now) => {
      const basis = await stores.codes.redeem(code.id, codeHash, now);
      if (basis === undefined) return requireUsed(stores.codes, codeHash, now);
      const grant = currentGrant(request.found.client, code, basis);
      const { id: installId, isNew, ended } = await stores.installs.put(grant, now);
      if (!isNew) await stores.tokens.endLivePair(installId, 'replaced', now);
      await enqueueUninstallEvents(stores.events, ended, now);
      if (isNew) await enqueueInstallEvent(stores, installId, grant, now);
      return {
        tokens: mintTokens(this.#format),
        scopes: grant.scopes,
        binding: { installId, codeId: code.id, windowStartedAt: now, windowRefreshes: 0 },
        auditDetails: { actor: grant.actorMode, scope: grant.scopes.join(' ') },
      };
    });
  }

  /**
   * RFC 6749 section 4.1.2: a code used twice revokes the pair that it was redeemed for (or the live one after refreshes),
   * unless both requests were concurrent. Concurrency is detected only if one process gets both; otherwise the second counts
   * as a replay.
   */
  async #refuseUsedCode(
    client: Client,
    code: AuthorizationCode,
    initiator: Initiator,
    concurrentSuccess: boolean,
  ): Promise<never> {
    if (concurrentSuccess) throw invalidGrant('the code was used by another request at the same time');
    const { appId, organizationId } = code;
    await this.#authority.change({
      locks: {
        organizations: { ids: [organizationId], mode: 'share' },
        app: { id: appId, mode: 'share' },
        install: { appId, organizationId },
      },
      affects: { install: { appId, organizationId } },
      apply: async (stores) => {
        const install = await stores.installs.findLive(appId, organizationId);
        if (install === undefined) return;
        const now = new Date(this.#clock.now());
        if (!(await stores.tokens.endPairOfCode(install.id, code.id, 'code_replayed', now))) return;
        await stores.audit.append(
          { action: 'code.replayed', initiator, organizationId, clientId: client.clientId, installId: install.id },
          now,
        );
        await enqueueLifecycleEvents(stores.events, 'token_revoked', [install], { reason: 'code_replayed' }, now);
      },
    });
    throw invalidGrant('the code was used before; the tokens issued for it are revoked');
  }
}

/** Undefined if another request has used the code; throws if the code has expired or is void. */
async function requireUsed(codes: CodeStore, codeHash: Buffer, now: Date): Promise<undefined> {
  const current = await codes.find(codeHash);
  if (current?.consumedAt) return undefined;
  const hasExpired = current !== undefined && current.expiresAt <= now;
  throw invalidGrant(hasExpired ? 'the code has expired' : 'the code was voided by a later consent or change');
}

/** Only for new installs: after another consent, the app learns its new grant from the token response. */
async function enqueueInstallEvent(
  stores: Stores,
  id: InstallId,
  grant: Grant & { organization: Pick<OrganizationRef, 'id' | 'subdomain'> },
  now: Date,
) {
  const details = {
    actor: grant.actorMode,
    granted_scopes: grant.scopes,
    granted_webhook_events: grant.webhookEvents,
  };
  await enqueueLifecycleEvents(stores.events, 'app_installed', [{ ...grant, id }], details, now);
}

/** Repeats the checks of the consent under the locks, and limits the grant to what the app still declares. */
function currentGrant({ clientId }: Client, code: AuthorizationCode, basis: ConsentBasis) {
  const { appId, organizationId, userId, actorMode } = code;
  if (!basis.isAppActive) throw invalidGrant('the app is no longer active');
  if (!basis.isOwnerActive) throw invalidGrant('the organization that owns the app is suspended');
  if (!basis.isOrganizationActive) throw invalidGrant('the organization is suspended');
  if (basis.role !== 'admin') throw invalidGrant('the user who consented is no longer an admin of the organization');
  if (!basis.allowedActorModes.includes(actorMode)) throw invalidGrant('the app no longer offers this actor mode');
  if (!matchesRegisteredRedirectUri(code.redirectUri, basis.redirectUris)) {
    throw invalidGrant('the redirect URI is no longer registered');
  }
  const scopes = intersectScopes(code.scopes, basis.declaredScopes);
  if (scopes.length === 0) throw invalidGrant('the app no longer declares any of the granted scopes');
  const refusal = refusalOf(basis.policy, { clientId, verification: basis.verification }, scopes);
  if (refusal !== undefined) throw invalidGrant(`${describeRefusal(refusal)}; ask for authorization again`);
  const organization = { id: organizationId, subdomain: basis.subdomain };
  const webhookEvents = intersectWebhookEvents(code.webhookEvents, basis.subscribedWebhookEvents);
  return { appId, organizationId, organization, installedBy: userId, actorMode, scopes, webhookEvents };
}
