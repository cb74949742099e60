import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import { parseScopeParameter } from '#common/scopes/algebra.ts';
import type { App } from '../app/app.ts';
import type { Authority } from '../authority/authority.ts';
import type { Install } from '../install/install.ts';
import { invalidGrant, OAuthError } from '../oauth-error.ts';
import type { Origin } from '../origin.ts';
import type { Database, Stores } from '../stores.ts';
import { type IssuedPair, mintPair } from './token-pair.ts';
import type { TokenPair } from './token-store.ts';

/** The parameters of RFC 6749 section 6; empty: left out. */
export interface RefreshParameters {
  readonly refreshToken: string;
  readonly scope: string;
}

const GONE = 'the refresh token is unknown, replaced or revoked';

/** The refresh grant: the whole pair is replaced in place, the old one is dead when this returns. */
export class TokenRefresh {
  readonly #database: Database;
  readonly #authority: Authority;
  readonly #format: CredentialFormat;
  readonly #clock: Clock;

  constructor(database: Database, authority: Authority, format: CredentialFormat, clock: Clock) {
    this.#database = database;
    this.#authority = authority;
    this.#format = format;
    this.#clock = clock;
  }

  /** The client is authenticated; a token of another client is as unknown as any, and is not touched. */
  async refresh(client: App, given: RefreshParameters, origin: Origin): Promise<IssuedPair> {
    if (!this.#format.isWellFormed('refresh_token', given.refreshToken)) throw invalidGrant(GONE);
    const { stores } = this.#database;
    const pair = await stores.tokens.findByRefresh(hashCredential(given.refreshToken));
    if (pair === undefined || pair.appId !== client.id) throw invalidGrant(GONE);
    if (pair.endReason !== null) return this.#refuseEnded(client, pair, origin);
    const { appId, organizationId, installedBy } = pair;
    return this.#authority.change({
      locks: {
        organizations: { ids: [client.ownerOrganization.id, organizationId], mode: 'share' },
        app: { id: appId, mode: 'share' },
        // If another user has re-consented meanwhile, that exchange has ended this pair, and so this refresh.
        user: { id: installedBy, mode: 'share' },
        install: { appId, organizationId },
      },
      affects: { install: { appId, organizationId } },
      ifCacheUnreachable: 'roll-back',
      apply: async (locked) => {
        const now = new Date(this.#clock.now());
        if (!(await locked.tokens.endPair(pair.id, 'refreshed', now))) throw invalidGrant(GONE);
        const { id: installId, grantedScopes: scopes } = await requireUsable(locked, pair);
        checkRequestedScope(given.scope, scopes);
        const { issued, stored } = mintPair(this.#format, { installId, codeId: pair.codeId, scopes }, now);
        await locked.tokens.insertPair(stored);
        await locked.audit.append(
          { action: 'install.refreshed', origin, organizationId, clientId: client.clientId, installId },
          now,
        );
        return issued;
      },
    });
  }

  /** A replaced token may have been stolen, so its use is recorded. The live pair stays: the client is authenticated. */
  async #refuseEnded(client: App, pair: TokenPair, origin: Origin): Promise<never> {
    const { organizationId, installId, endReason } = pair;
    if (endReason === 'refreshed') {
      await this.#database.stores.audit.append(
        { action: 'token.refresh_reused', origin, organizationId, clientId: client.clientId, installId },
        new Date(this.#clock.now()),
      );
    }
    throw invalidGrant(GONE);
  }
}

/** A suspension passes, so it does not say `invalid_grant`: clients would throw a good refresh token away. */
async function requireUsable(stores: Stores, pair: TokenPair): Promise<Install> {
  const install = await stores.installs.find(pair.installId);
  if (install?.status !== 'active') throw invalidGrant(GONE);
  const app = await stores.apps.findById(pair.appId);
  if (app === undefined) throw invalidGrant(GONE);
  const organization = await stores.directory.findOrganization(pair.organizationId);
  if (app.status !== 'active' || app.ownerSuspended || organization?.status !== 'active') {
    throw new OAuthError('unauthorized_client', 'the app or an organization is suspended; try again once it is not');
  }
  if (install.actorMode === 'self') {
    const role = await stores.directory.roleOf(pair.organizationId, install.installedBy);
    if (role === undefined) throw invalidGrant('the user is no longer a member of the organization');
  }
  return install;
}

/** RFC 6749 section 6: never more than was granted. Less is answered with what was granted, and `scope` says so. */
function checkRequestedScope(given: string, granted: readonly string[]): void {
  if (parseScopeParameter(given).some((name) => !granted.includes(name))) {
    throw new OAuthError('invalid_scope', 'scope asks for more than was granted');
  }
}
